//go:build !js

// Package native runs the loader in ordinary programs: headless peers, seeders,
// load tests. WebRTC is pion's, WebSockets are coder's, and the origin is
// reached with net/http. Each adapter converts what it hears and posts it to
// the loop, and does nothing else there.
package native
