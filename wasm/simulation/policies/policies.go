// Package policies holds the policies that the simulation compares that of our
// viewers with. They share with it what a scheduler.State is, and no more, so that
// they stay what they are when it changes. None of them is a part of the module.
package policies

import "github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"

// ByName has a maker of each policy: a viewer needs one of its own.
var ByName = map[string]func() scheduler.Policy{
	"javascript": JavaScript,
	"election":   Election,
	"threshold":  Threshold,
}
