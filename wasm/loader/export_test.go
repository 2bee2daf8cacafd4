package loader

// Kept counts what a loader and its page keep from one segment to the next.
type Kept struct{ Loaders, Marks, Open, Convictions int }

func (l *Loader) Kept() Kept {
	return Kept{len(l.page.loaders), len(l.marks), len(l.cases), len(l.page.convictions)}
}

// MostConvictions is how many of them are remembered at most.
const MostConvictions = mostConvictions
