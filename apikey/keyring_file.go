package apikey

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// keyringFormat names the layout of the file, should there ever be another.
const keyringFormat = "steelgate-keyring-1"

// keyringFile is the file's JSON; byte slices stand in base64.
type keyringFile struct {
	Format   string           `json:"format"`
	Versions []keyringVersion `json:"versions"`
	Auditing []byte           `json:"audit_key"`
}

type keyringVersion struct {
	Version uint32 `json:"version"`
	Pepper  []byte `json:"pepper"`
	Sealing []byte `json:"sealing_key"`
}

// CreateKeyring makes a keyring and its file, mode 0600, which must not stand yet. It answers once the file is durable.
func CreateKeyring(path string) (*Keyring, error) {
	keyring, err := NewKeyring()
	if err != nil {
		return nil, err
	}
	text, err := keyring.text()
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, text); err != nil {
		return nil, fmt.Errorf("making the keyring: %w", err)
	}
	return keyring, nil
}

// text is the file's.
func (k *Keyring) text() ([]byte, error) {
	file := keyringFile{Format: keyringFormat, Auditing: k.auditing}
	for _, v := range k.Versions().inOrder {
		file.Versions = append(file.Versions, keyringVersion{Version: v.number, Pepper: v.pepper, Sealing: v.sealing})
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return nil, errors.New("the keyring can't be written as JSON")
	}
	return append(text, '\n'), nil
}

// writeNew writes a file that did not stand, and sees it on the disk, name and all.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncFolder(path)
}

// syncFolder sees the names in a file's folder on the disk.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// LoadKeyring reads a keyring's file. It refuses one that others than its owner may read or write.
func LoadKeyring(path string) (*Keyring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if loose := info.Mode().Perm() & 0o077; loose != 0 {
		return nil, fmt.Errorf("the keyring %s is open to others (mode %04o): chmod 600 it, and ask who has read it: %w", path, info.Mode().Perm(), fs.ErrPermission)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keyring, err := parseKeyring(text)
	if err != nil {
		return nil, fmt.Errorf("the keyring %s can't be used: %w", path, err)
	}
	return keyring, nil
}

// parseKeyring reads the file's text. Its errors quote nothing of it.
func parseKeyring(text []byte) (*Keyring, error) {
	var file keyringFile
	if json.Unmarshal(text, &file) != nil {
		return nil, errors.New("it is not a keyring's JSON")
	}
	if file.Format != keyringFormat {
		return nil, fmt.Errorf("its format is not %s", keyringFormat)
	}
	if len(file.Versions) == 0 {
		return nil, errors.New("it has no versions")
	}
	if len(file.Auditing) != keyLength {
		return nil, fmt.Errorf("its audit key has not %d bytes", keyLength)
	}
	var versions []*Version
	for _, entry := range file.Versions {
		v, err := newVersion(entry.Version, entry.Pepper, entry.Sealing)
		if err != nil {
			return nil, err
		}
		versions = append(versions, v)
	}
	slices.SortFunc(versions, func(a, b *Version) int { return cmp.Compare(a.number, b.number) })
	for i := 1; i < len(versions); i++ {
		if versions[i-1].number == versions[i].number {
			return nil, fmt.Errorf("version %d stands twice", versions[i].number)
		}
	}
	return newKeyring(file.Auditing, versions...), nil
}
