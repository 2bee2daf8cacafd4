package tracker

import "time"

const (
	// introductionPeriod is how long an introduction is remembered at least; at
	// most twice as long.
	introductionPeriod = 2 * time.Minute
	// introducedAmong is up to how many members a swarm's introductions are
	// remembered. In a larger one hardly an offer goes to a peer that has it.
	introducedAmong = 256
	// lookedAt is how many more peers than there are offers are looked at to find
	// some that one was not introduced to.
	lookedAt = 64
)

// introductions are the peers that one has lately made an offer that they
// answered, or answered an offer of: a bit for the number of each.
type introductions struct {
	period         moment // when recent began, in periods since the epoch
	recent, before numbers
}

// numbers is a set of members' numbers.
type numbers [introducedAmong / 64]uint64

func (n *numbers) add(number uint8)      { n[number/64] |= 1 << (number % 64) }
func (n *numbers) has(number uint8) bool { return n[number/64]&(1<<(number%64)) != 0 }

// introduce notes that two members have exchanged an offer and its answer.
func introduce(now moment, a, b *member) {
	if len(a.swarm.members) > introducedAmong {
		return
	}
	for _, m := range []*member{a, b} {
		if m.introduced == nil {
			m.introduced = new(introductions)
		}
		m.introduced.forget(now)
	}
	a.introduced.recent.add(b.number)
	b.introduced.recent.add(a.number)
}

// forget drops what is too old.
func (i *introductions) forget(now moment) {
	period := now / inMoments(introductionPeriod)
	switch period - i.period {
	case 0:
		return
	case 1:
		i.before, i.recent = i.recent, numbers{}
	default:
		i.before, i.recent = numbers{}, numbers{}
	}
	i.period = period
}

// knows says whether a member was introduced to another, as far as forget has
// not dropped it. Of more than 256 that have come to the swarm some have the
// same number, and one may be taken for another.
func (m *member) knows(other *member) bool {
	return m.introduced != nil && (m.introduced.recent.has(other.number) || m.introduced.before.has(other.number))
}
