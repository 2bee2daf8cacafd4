package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// column is one of the table: two lines of heading and a way to fill it.
type column struct {
	head, under string
	cell        func(o *outcome) string
}

var columns = []column{
	{"policy", "", func(o *outcome) string { return o.Policy }},
	{"copies of a segment", "mean", func(o *outcome) string { return fmt.Sprintf("%.2f", o.Copies) }},
	{"", "bytes", func(o *outcome) string { return fmt.Sprintf("%.2f", o.CopiesByBytes) }},
	{"", "95 %", func(o *outcome) string { return fmt.Sprint(o.Copies95) }},
	{"", "most", func(o *outcome) string { return fmt.Sprint(o.MostCopies) }},
	{"starts", "each", func(o *outcome) string { return fmt.Sprintf("%.2f", o.StartsPerViewer) }},
	{"peers", "%", func(o *outcome) string { return fmt.Sprintf("%.1f", 100*o.P2PShare) }},
	{"stalls", "number", func(o *outcome) string { return fmt.Sprint(o.Stalls) }},
	{"", "s", func(o *outcome) string { return fmt.Sprintf("%.1f", o.StallSeconds) }},
	{"", "viewers %", func(o *outcome) string { return fmt.Sprintf("%.1f", 100*o.StalledShare) }},
	{"startup s", "50/95/100 %", func(o *outcome) string {
		return fmt.Sprintf("%.2f %.2f %.2f", o.StartupMedian, o.Startup95, o.StartupMost)
	}},
	{"delivery s", "50/90/99 %", func(o *outcome) string {
		return fmt.Sprintf("%.2f %.2f %.2f", o.DeliveryMedian, o.Delivery90, o.Delivery99)
	}},
	{"commands", "B/s", func(o *outcome) string { return fmt.Sprintf("%.0f", o.CommandBytes) }},
	{"", "%", func(o *outcome) string { return fmt.Sprintf("%.2f", 100*o.CommandShare) }},
	{"tracker", "/min", func(o *outcome) string { return fmt.Sprintf("%.1f", o.TrackerMessages) }},
	{"upload", "Jain", func(o *outcome) string { return fmt.Sprintf("%.2f", o.Fairness) }},
	{"", "tenth %", func(o *outcome) string { return fmt.Sprintf("%.0f", 100*o.BusiestTenth) }},
	{"links", "", func(o *outcome) string { return fmt.Sprintf("%.1f", o.Links) }},
	{"false", "segments", func(o *outcome) string { return fmt.Sprint(o.Wrong) }},
	{"liars", "linked s", func(o *outcome) string { return fmt.Sprintf("%.1f", o.LiarSeconds) }},
	{"waste", "%", func(o *outcome) string { return fmt.Sprintf("%.1f", 100*o.Waste) }},
	{"lists", "/min", func(o *outcome) string { return fmt.Sprintf("%.1f", o.ListRequests) }},
	{"CPU", "s", func(o *outcome) string { return fmt.Sprintf("%.1f", o.took.Seconds()) }},
}

// table prints a row for each outcome, all of one scenario.
func table(out io.Writer, outcomes []outcome) error {
	first := &outcomes[0]
	fmt.Fprintf(out, "%s: %d viewers in %.0f s, copies of %d segments\n\n",
		first.Scenario, first.Viewers, first.Seconds, first.Segments)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(cell func(c *column) string) {
		var cells []string
		for i := range columns {
			cells = append(cells, cell(&columns[i]))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	line(func(c *column) string { return c.head })
	line(func(c *column) string { return c.under })
	for i := range outcomes {
		line(func(c *column) string { return c.cell(&outcomes[i]) })
	}
	return w.Flush()
}
