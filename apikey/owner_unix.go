//go:build unix

package apikey

import (
	"io/fs"
	"os"
	"syscall"
)

// giveTo makes a file belong to whom another does. Between files of one owner there is nothing to do: no group may read
// either.
func giveTo(path string, other fs.FileInfo) error {
	mine, err := os.Stat(path)
	if err != nil {
		return err
	}
	is, ok := mine.Sys().(*syscall.Stat_t)
	wanted, ok2 := other.Sys().(*syscall.Stat_t)
	if !ok || !ok2 || is.Uid == wanted.Uid {
		return nil
	}
	return os.Chown(path, int(wanted.Uid), int(wanted.Gid))
}
