// Package web carries what the browser gets: the page, the scripts and the
// loader's module, as `make build` leaves them in dist.
package web

import (
	"embed"
	"io/fs"
)

// all: is needed because a clean checkout has only the hidden file .keep in
// dist, and a pattern that matches nothing does not compile.
//
//go:embed all:dist
var files embed.FS

// Dist is the folder dist. In a clean checkout, before `make build`, it holds
// nothing but .keep.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // only for a name that fs.ValidPath refuses
	}
	return dist
}
