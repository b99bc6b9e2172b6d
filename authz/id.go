package authz

// MaxIDLength is the length of the longest id of a stored entity, in bytes.
const MaxIDLength = 128

// ValidID tells whether id may name a stored entity: 1 to 128 characters of A-Z a-z 0-9 _ - . : @.
func ValidID(id string) bool {
	if id == "" || len(id) > MaxIDLength {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '_', c == '-', c == '.', c == ':', c == '@':
		default:
			return false
		}
	}
	return true
}
