// Package decisionstest is the suite that every home of the decision log passes: what storage/decisions promises, proved
// through its interface alone.
package decisionstest
