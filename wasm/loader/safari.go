package loader

import "strings"

// oneTracker tells whether the browser is one that P2P Media Loader gives its
// first tracker only, since with several it has trouble: Safari, whatever its
// name on iOS, and pages that an app shows with Apple's WebKit.
func oneTracker(userAgent string) bool {
	agent := strings.ToLower(userAgent)
	before, _, found := strings.Cut(agent, "safari")
	if found {
		return !strings.Contains(before, "chrome") && !strings.Contains(before, "android")
	}
	device, _, found := strings.Cut(agent, "applewebkit")
	return found && (strings.Contains(device, "ipad") || strings.Contains(device, "iphone") ||
		strings.Contains(device, "macintosh"))
}
