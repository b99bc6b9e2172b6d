package sqlstore

import (
	"embed"
	"io/fs"
)

// Sub is a folder of migrations inside what a database embeds.
func Sub(embedded embed.FS, name string) fs.FS {
	folder, err := fs.Sub(embedded, name)
	if err != nil {
		panic(err) // the name is a valid one
	}
	return folder
}
