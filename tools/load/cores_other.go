//go:build !linux && !js

package main

// takeCore cannot bind anything here.
func takeCore() (note string) {
	return "servers and load share all cores: they are bound to one each on Linux only"
}

func onServerCore(start func() error) error { return start() }
