package sqlstore

import (
	"embed"
	"io/fs"
)

// Sub is the folder of migrations inside what a database embeds.
func Sub(embedded embed.FS) fs.FS {
	folder, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the name is a valid one
	}
	return folder
}
