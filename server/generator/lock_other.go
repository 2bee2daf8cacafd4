//go:build !unix

package generator

import "os"

// lock claims nothing: directories have no locks here.
func lock(*os.File) error { return nil }
