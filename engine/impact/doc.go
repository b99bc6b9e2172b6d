// Package impact tells what keys would lose if one world, or one policy, took the place of another.
//
// A policy in the place of another is weighed three times: over the small world, where every question is asked (Policies);
// over the keys that there are (Touched); and over what was decided (Replay).
//
// It asks the one decision function of both, and compares the answers: it holds no rule of its own, but for which questions
// are worth asking about a type of resource. Which keys and resources a change may concern is for the caller to know. It
// changes nothing, and knows neither storage nor what brought the change about.
package impact
