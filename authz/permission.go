package authz

import "fmt"

// Permission is what a grant, a membership or a key type gives: read < write < admin. The zero value gives nothing.
type Permission uint8

// The permissions in their order; None is the absence of one and has no text form.
const (
	None Permission = iota
	Read
	Write
	Admin
)

var permissionNames = [...]string{None: "", Read: "read", Write: "write", Admin: "admin"}

// ParsePermission reads "read", "write" or "admin".
func ParsePermission(text string) (Permission, error) {
	for p := Read; p <= Admin; p++ {
		if permissionNames[p] == text {
			return p, nil
		}
	}
	return None, fmt.Errorf("%q is not a permission: want read, write or admin", text)
}

func (p Permission) String() string { return permissionNames[p] }

// MarshalText writes the permission's name.
func (p Permission) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePermission reads.
func (p *Permission) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePermission(string(text))
	return err
}
