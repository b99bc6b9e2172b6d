package policycheck

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/steelengine/steelgate/engine"
)

// What a draft may hold. A policy is read by people: the shipped one, with its tests, has 26 files and 60 KiB.
const (
	// MaxFiles is the number of files of a draft.
	MaxFiles = 200
	// MaxFileSize is a file's, in bytes.
	MaxFileSize = 256 << 10
	// MaxSize is that of all files together, in bytes.
	MaxSize = 2 << 20
	// maxPath is the length of a path, in bytes.
	maxPath = 256
)

// fault is a diagnostic that refuses a draft.
func fault(path string, row, col int, code, format string, args ...any) engine.Diagnostic {
	return engine.Diagnostic{Path: path, Row: row, Col: col, Severity: "error", Code: code, Message: fmt.Sprintf(format, args...)}
}

// CheckBounds holds the paths, sizes and encoding of a draft, before anything is read in it: what it finds refuses the draft.
func CheckBounds(files map[string]string) (found engine.Diagnostics) {
	if len(files) > MaxFiles {
		found = append(found, fault("", 0, 0, "bounds", "the draft has %d files; at most %d are taken", len(files), MaxFiles))
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		total += len(files[name])
		if why := pathFault(name); why != "" {
			found = append(found, fault(shortened(name), 0, 0, "path", "%.300q %s: want a relative path that ends in .rego, such as site/site.rego", name, why))
			continue
		}
		if size := len(files[name]); size > MaxFileSize {
			found = append(found, fault(name, 0, 0, "bounds", "the file has %d bytes; at most %d are taken", size, MaxFileSize))
			continue
		}
		found = append(found, checkEncoding(name, files[name])...)
	}
	if total > MaxSize {
		found = append(found, fault("", 0, 0, "bounds", "the files have %d bytes together; at most %d are taken", total, MaxSize))
	}
	return found
}

// shortened is a path that may be anything, as a diagnostic names it.
func shortened(name string) string {
	const most = 300
	name = strings.ToValidUTF8(name, "\ufffd")
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

// pathFault says what is wrong with a file's path; "" is nothing.
func pathFault(name string) string {
	switch {
	case len(name) > maxPath:
		return fmt.Sprintf("is longer than %d bytes", maxPath)
	case !utf8.ValidString(name):
		return "is not valid UTF-8"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "has a character that does not print"
	case strings.HasPrefix(name, "/"):
		return "is absolute"
	case strings.ContainsAny(name, `\:`):
		return "has a backslash or a colon"
	case path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../"):
		return "is not in its shortest form below the policy's folder"
	case !strings.HasSuffix(name, ".rego"):
		return "does not end in .rego"
	case strings.HasPrefix(path.Base(name), "."):
		return "has a name that begins with a dot"
	}
	return ""
}

// checkEncoding finds the first byte that no text has.
func checkEncoding(name, source string) engine.Diagnostics {
	at := strings.IndexByte(source, 0)
	message := "the file has a NUL byte: it is not text"
	if !utf8.ValidString(source) {
		at = 0
		for r, size := utf8.DecodeRuneInString(source); r != utf8.RuneError || size != 1; r, size = utf8.DecodeRuneInString(source[at:]) {
			at += size
		}
		message = "the file is not valid UTF-8: save it in that encoding"
	}
	if at < 0 {
		return nil
	}
	before := source[:at]
	row := strings.Count(before, "\n") + 1
	return engine.Diagnostics{fault(name, row, at-strings.LastIndexByte(before, '\n'), "encoding", "%s", message)}
}
