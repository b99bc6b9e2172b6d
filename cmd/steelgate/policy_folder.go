package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/steelengine/steelgate/engine"
)

// revisionFile stands in a folder that a whole policy was written to, and holds the revision that it was then.
const revisionFile = ".steelgate-revision"

// writeFolder writes a policy to a folder, and the revision that it is. What somebody edited there is not overwritten unless
// that is asked for; then the folder holds the policy and no other .rego files.
func writeFolder(folder string, files map[string]string, revision uint64, force bool) error {
	standing, err := engine.ReadFiles(os.DirFS(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var others []string
	for path, source := range standing {
		if files[path] != source {
			others = append(others, path)
		}
	}
	slices.Sort(others)
	if len(others) > 0 && !force {
		return fmt.Errorf("%s holds other files, or edits: %s. Name another folder, or overwrite them with --force", folder, someNames(others))
	}
	for _, path := range others {
		if _, kept := files[path]; kept {
			continue
		}
		if err := os.Remove(filepath.Join(folder, filepath.FromSlash(path))); err != nil {
			return err
		}
	}
	for path, source := range files {
		if !filepath.IsLocal(path) {
			return fmt.Errorf("the policy has a file %q, which leads out of the folder", path)
		}
		at := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil { //nolint:gosec // policies are no secret
			return err
		}
		if err := os.WriteFile(at, []byte(source), 0o644); err != nil { //nolint:gosec // the same
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, revisionFile), []byte(strconv.FormatUint(revision, 10)+"\n"), 0o644) //nolint:gosec // the same
}

// someNames names a few.
func someNames(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// revisionOf is the revision that a path was written out of: a folder that holds a whole policy, or something in one. 0 is none.
func revisionOf(path string) (revision uint64, isWhole bool, err error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return 0, false, err
	}
	// A policy's files stand at most a few folders deep.
	for depth := range 4 {
		text, err := os.ReadFile(filepath.Join(absolute, revisionFile))
		switch {
		case err == nil:
			revision, err = strconv.ParseUint(strings.TrimSpace(string(text)), 10, 63)
			if err != nil {
				return 0, false, fmt.Errorf("%s does not hold the number of a revision", filepath.Join(absolute, revisionFile))
			}
			return revision, depth == 0, nil
		case !errors.Is(err, fs.ErrNotExist) && depth > 0:
			return 0, false, nil
		}
		absolute = filepath.Dir(absolute)
	}
	return 0, false, nil
}

// given is what paths hold, whether that is a whole policy, and the revision that it was written out of; 0 is not known.
func given(paths []string) (files map[string]string, whole bool, base uint64, err error) {
	files = map[string]string{}
	for _, path := range paths {
		found, err := readPolicy(path)
		if err != nil {
			return nil, false, 0, err
		}
		maps.Copy(files, found)
		revision, isWhole, err := revisionOf(path)
		if err != nil {
			return nil, false, 0, err
		}
		if revision != 0 && base != 0 && revision != base {
			return nil, false, 0, usageError("the paths were written out of revisions %d and %d: take one", base, revision)
		}
		base, whole = max(base, revision), whole || isWhole
	}
	return files, whole, base, nil
}
