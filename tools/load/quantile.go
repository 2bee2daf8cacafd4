//go:build !js

package main

import (
	"cmp"
	"math"
	"slices"
)

// quantile is the least value that a share of all values does not exceed (the
// nearest rank): the median for 0.5, the largest for 1. values are sorted by it;
// without any it is zero.
func quantile[T cmp.Ordered](values []T, share float64) (value T) {
	if len(values) == 0 {
		return value
	}
	slices.Sort(values)
	rank := int(math.Ceil(share * float64(len(values))))
	return values[min(max(rank, 1), len(values))-1]
}

// median is what half of some measurements do not exceed, between the two in the
// middle where their number is even.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return math.NaN()
	}
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
