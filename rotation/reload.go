package rotation

import (
	"context"
	"fmt"
	"slices"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// TakeIn puts what the file holds in the place of what the process holds, if that differs. A file that can't be read, is
// another keyring's or has lost a version that is needed is refused, and what is held stays in use.
func (k *Keeper) TakeIn(ctx context.Context) error {
	next, err := apikey.LoadKeyring(k.o.Path)
	if err != nil {
		return err
	}
	held := k.o.Keyring.Versions()
	if len(held.Lost(next.Versions())) == 0 && len(next.Versions().Lost(held)) == 0 {
		return nil
	}
	if err := k.o.Keyring.Reload(next, func(lost []uint32) error { return k.mayLose(ctx, lost) }); err != nil {
		return fmt.Errorf("%s: %w", k.o.Path, err)
	}
	k.o.Log.Info("the keyring's file was taken in", "versions", next.Versions().Numbers())
	k.o.Wake()
	return nil
}

// mayLose fails while a version is needed: by a record, or by the data that this process still decides on.
func (k *Keeper) mayLose(ctx context.Context, lost []uint32) error {
	var revision uint64
	err := k.o.Store.View(ctx, func(r storage.Reader) error {
		active, err := activeNumber(r)
		if err != nil {
			return err
		}
		// Nothing was ever made under a version that is newer than the active one.
		lost = slices.DeleteFunc(lost, func(number uint32) bool { return number > active })
		if len(lost) > 0 {
			if err := needed(r, active, lost...); err != nil {
				return fmt.Errorf("the file has lost a version: %w. Put back a copy that has it", err)
			}
		}
		revision, err = r.Revision()
		return err
	})
	if err != nil {
		return err
	}
	if err := k.o.Await(ctx, revision); err != nil {
		return fmt.Errorf("the file has lost a version that the data decided on here still needs; it is tried again: %w", err)
	}
	return nil
}
