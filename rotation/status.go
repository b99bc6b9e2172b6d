package rotation

import (
	"cmp"
	"slices"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// Status says how far a rotation is.
type Status struct {
	Active   uint32          `json:"active"`
	Versions []VersionStatus `json:"versions"`
	// KeysToMove and TokensToMove are how many records are not under the active version.
	KeysToMove   int `json:"keys_to_move"`
	TokensToMove int `json:"tokens_to_move"`
}

// VersionStatus is about one version that the file has or a record needs.
type VersionStatus struct {
	Version uint32 `json:"version"`
	Active  bool   `json:"active"`
	InFile  bool   `json:"in_file"`
	// Keys and Tokens are how many records were made under it.
	Keys   int `json:"keys"`
	Tokens int `json:"tokens"`
}

// StatusOf reads how far a rotation is. Versions are those of the keyring's file.
func StatusOf(r storage.Reader, versions *apikey.Versions) (s Status, err error) {
	active, err := activeNumber(r)
	if err != nil {
		return s, err
	}
	s.Active = active
	counts, err := r.CountByVersion()
	if err != nil {
		return s, err
	}
	found := map[uint32]VersionStatus{}
	for _, number := range append(versions.Numbers(), s.Active) {
		found[number] = VersionStatus{Version: number}
	}
	for _, c := range counts {
		found[c.Version] = VersionStatus{Version: c.Version, Keys: c.Keys, Tokens: c.Tokens}
		if c.Version != s.Active {
			s.KeysToMove += c.Keys
			s.TokensToMove += c.Tokens
		}
	}
	for number, v := range found {
		v.Active, v.InFile = number == s.Active, versions.Has(number)
		s.Versions = append(s.Versions, v)
	}
	slices.SortFunc(s.Versions, func(a, b VersionStatus) int { return cmp.Compare(a.Version, b.Version) })
	return s, nil
}

// activeNumber is the active version's, whether the keyring has it or not.
func activeNumber(r storage.Reader) (uint32, error) {
	note, err := r.Meta(noteName)
	if err != nil {
		return 0, err
	}
	return apikey.CheckedNumber(note)
}
