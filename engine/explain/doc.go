// Package explain says why a decision is what it is: which rules fired, which expressions failed and on what values; and, of a
// deny, which smallest change would have made it an allow.
//
// It asks the one decision function, of the world as it is and of worlds that differ from it in one thing or two, and holds no
// rule of its own: what it proposes, it has tried. It knows neither who asks nor what they may see, changes nothing, and knows no
// secret.
package explain
