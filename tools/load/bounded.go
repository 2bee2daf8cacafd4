//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
)

// bounded is a command line whose numbers have bounds: a load is for one machine,
// and ends by itself.
type bounded struct {
	set    *flag.FlagSet
	checks []func() error
}

// number adds a flag with a default, from low to high.
func (b *bounded) number(to *int, name string, usual, low, high int, usage string) {
	b.set.IntVar(to, name, usual, usage)
	b.checks = append(b.checks, func() error {
		if *to < low || *to > high {
			return fmt.Errorf("-%s is %d, want %d to %d", name, *to, low, high)
		}
		return nil
	})
}

// parse reads the command line. The error is an argumentError, or flag.ErrHelp
// when help was asked for, and printed.
func (b *bounded) parse(args []string) error {
	if err := b.set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return argumentError{err}
	}
	if b.set.NArg() > 0 {
		return argumentError{fmt.Errorf("%q is no flag", b.set.Arg(0))}
	}
	for _, check := range b.checks {
		if err := check(); err != nil {
			return argumentError{err}
		}
	}
	return nil
}
