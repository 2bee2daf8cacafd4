package main

import "time"

var began = time.Now()

// spent is the processor's time that the program has taken so far, or the clock's
// where there is no better measure.
var spent = func() time.Duration { return time.Since(began) }
