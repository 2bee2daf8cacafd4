//go:build !linux

package stun

func (w *worker) serve() { w.serveSingly() }
