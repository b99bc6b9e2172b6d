package rotation

import (
	"context"
	"errors"
	"io/fs"

	"github.com/steelengine/steelgate/storage"
)

// DropOld removes every version from the file that is older than the active one and that nothing needs. What the process
// holds it lets go when it takes the file in.
func (k *Keeper) DropOld(ctx context.Context) error {
	versions := k.o.Keyring.Versions()
	if len(versions.Numbers()) == 1 || len(k.mover.broken) > 0 {
		return nil
	}
	var old []uint32
	err := k.o.Store.View(ctx, func(r storage.Reader) error {
		active, err := Active(r, versions)
		if err != nil {
			return err
		}
		for _, number := range versions.Numbers() {
			if number >= active.Number() {
				break
			}
			switch err := needed(r, active.Number(), number); {
			case err == nil:
				old = append(old, number)
			case !errors.Is(err, ErrNeeded):
				return err
			}
		}
		return nil
	})
	for _, number := range old {
		err := Drop(ctx, k.o.Store, k.o.Path, number, k.o.Audit)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNeeded) {
			continue // another process was first
		}
		if err != nil {
			return err
		}
		k.o.Log.Info("a version of the keyring was dropped: nothing needs it any more", "version", number)
	}
	return err
}
