package console

import (
	"embed"
	"io/fs"
)

// Git keeps an empty placeholder in dist, so that Go compiles where nobody has built the pages yet.
//
//go:embed all:dist
var dist embed.FS

// Embedded is the console that this program was built with.
func Embedded() *Site {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder's name is a constant
	}
	return New(files)
}
