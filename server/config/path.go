package config

import "strings"

// MatchPath says whether the path of a request fits a pattern of µWebSockets:
// segments between slashes, where `:name` stands for any one segment and a `*`
// at the end for all that follows, nothing included.
func MatchPath(pattern, path string) bool {
	wanted := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	given := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range wanted {
		if segment == "*" && i == len(wanted)-1 {
			return true
		}
		if i >= len(given) {
			return false
		}
		if parameter := strings.HasPrefix(segment, ":") && given[i] != ""; !parameter && segment != given[i] {
			return false
		}
	}
	return len(given) == len(wanted)
}
