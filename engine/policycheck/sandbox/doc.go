// Package sandbox judges a draft in a process of its own, with limits of time, memory and processor: a draft is somebody's
// program, and compiling alone may never end.
//
// A Checker starts this very program anew as the hidden command Command, hands it the draft, and reads the verdict. Whatever
// becomes of that process, the one that asked goes on. It knows nothing of what a verdict is about: that is policycheck's.
package sandbox
