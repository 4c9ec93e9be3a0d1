package fault_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want fault.Rule
		form string // as printed, if not as read
	}{
		{"restaurant.confirm:refuse@20%", fault.Rule{Service: food.Restaurant, Action: food.Confirm, Kind: fault.Refuse, Percent: 20}, ""},
		{"payment.charge:refuse@0.5%", fault.Rule{Service: food.Payment, Action: food.Charge, Kind: fault.Refuse, Percent: 0.5}, ""},
		{"restaurant.confirm:fail(2)@10%", fault.Rule{Service: food.Restaurant, Action: food.Confirm, Kind: fault.Fail, Times: 2, Percent: 10}, ""},
		{"payment:fail@100.0%", fault.Rule{Service: food.Payment, Kind: fault.Fail, Times: 1, Percent: 100}, "payment:fail(1)@100%"},
		{"restaurant.confirm:slow(3s)@5%", fault.Rule{Service: food.Restaurant, Action: food.Confirm, Kind: fault.Slow, Delay: 3 * time.Second, Times: 1, Percent: 5}, ""},
		{" delivery.assign:slow(1500ms, 2)@5% ", fault.Rule{Service: food.Delivery, Action: food.Assign, Kind: fault.Slow, Delay: 1500 * time.Millisecond, Times: 2, Percent: 5}, "delivery.assign:slow(1.5s,2)@5%"},
		{"loyalty.award:lose-reply@10%", fault.Rule{Service: food.Loyalty, Action: food.Award, Kind: fault.LoseReply, Times: 1, Percent: 10}, ""},
		{"*:lose-reply(3)@10%", fault.Rule{Service: fault.Any, Kind: fault.LoseReply, Times: 3, Percent: 10}, ""},
		{"notification.mail:fail(1)@10%", fault.Rule{Service: food.Notification, Action: "mail", Kind: fault.Fail, Times: 1, Percent: 10}, ""},
		{"notification.mail-refunded:fail(1)@10%", fault.Rule{Service: food.Notification, Action: food.MailRefunded, Kind: fault.Fail, Times: 1, Percent: 10}, ""},
		{"restaurant:outage@10s+5s", fault.Rule{Service: food.Restaurant, Kind: fault.Outage, After: 10 * time.Second, For: 5 * time.Second}, ""},
		{"loyalty.award:panic@5%", fault.Rule{Service: food.Loyalty, Action: food.Award, Kind: fault.Panic, Times: 1, Percent: 5}, ""},
		{"loyalty:panic(2)@5%", fault.Rule{Service: food.Loyalty, Kind: fault.Panic, Times: 2, Percent: 5}, ""},
		{"worker:kill@3s", fault.Rule{Process: fault.Worker, Kind: fault.Kill, After: 3 * time.Second}, ""},
		{" server:kill@0s ", fault.Rule{Process: fault.Server, Kind: fault.Kill}, "server:kill@0s"},
		{"server:pause@3000ms+8s", fault.Rule{Process: fault.Server, Kind: fault.Pause, After: 3 * time.Second, For: 8 * time.Second}, "server:pause@3s+8s"},
		{"order:resubmit@10%", fault.Rule{Kind: fault.Resubmit, Percent: 10}, ""},
		{"order:cancel@5%+300ms", fault.Rule{Kind: fault.Cancel, Percent: 5, Delay: 300 * time.Millisecond}, ""},
		{" order:cancel@0.5%+1000ms ", fault.Rule{Kind: fault.Cancel, Percent: 0.5, Delay: time.Second}, "order:cancel@0.5%+1s"},
		{"order:cancel@100%+0s", fault.Rule{Kind: fault.Cancel, Percent: 100}, ""},
		{"payment.refund:refuse@5%", fault.Rule{Service: food.Payment, Action: food.Refund, Kind: fault.Refuse, Percent: 5}, ""},
		{"loyalty.revoke:refuse@5%", fault.Rule{Service: food.Loyalty, Action: food.Revoke, Kind: fault.Refuse, Percent: 5}, ""},
		{"payment.charge:outage@0s+500ms", fault.Rule{Service: food.Payment, Action: food.Charge, Kind: fault.Outage, For: 500 * time.Millisecond}, ""},
	} {
		got, err := fault.Parse(c.in)
		c.want.Written = c.in
		if err != nil || got != c.want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", c.in, got, err, c.want)
		}
		if c.form == "" {
			c.form = c.in
		}
		if got.String() != c.form {
			t.Errorf("Parse(%q) prints as %q, want %q", c.in, got, c.form)
		}
	}
}

func TestParseReportsWhatIsWrong(t *testing.T) {
	for in, want := range map[string]string{
		"restaurant.confrim:refuse@20%":     `restaurant has no call "confrim"; did you mean "confirm"?`,
		"restaurnt.confirm:refuse@20%":      `there is no service "restaurnt"; did you mean "restaurant"?`,
		"kitchen:outage@1s+1s":              `there is no service "kitchen"; want one of order, payment, restaurant, delivery, loyalty, notification`,
		"payment.tip:fail(1)@5%":            `payment has no call "tip"; want one of charge, refund`,
		"notification.mial:fail(1)@5%":      `did you mean "mail"?`,
		"*.charge:fail(1)@5%":               `there is no service "*"`,
		"restaurant.confirm:refused@20%":    `there is no fault "refused"; did you mean "refuse"?`,
		"restaurant.confirm:explode@20%":    `there is no fault "explode"; want one of outage, fail, panic, slow, refuse, lose-reply, kill, pause, resubmit, cancel`,
		"loyalty.award:panic(0)@5%":         `panic on "0" attempts: want a number from 1 to 100`,
		"loyalty.award:panik@5%":            `there is no fault "panik"; did you mean "panic"?`,
		"wroker:kill@3s":                    `kill is for a process, and there is no process "wroker"; did you mean "worker"?`,
		"restaurant:pause@3s+1s":            `pause is for a process, and there is no process "restaurant"; want one of worker, server`,
		"worker:kil@3s":                     `a process has no fault "kil"; did you mean "kill"?`,
		"server:outage@3s+1s":               `a process has no fault "outage"; want one of kill, pause`,
		"payment.charge:resubmit@5%":        `resubmit is for a whole order and not for "payment.charge": write order:resubmit@5%`,
		"worker:resubmit@5%":                `resubmit is for a whole order and not for "worker"`,
		"order:resubmit(2)@5%":              `resubmit takes nothing in brackets`,
		"order:resubmit@3s":                 `"3s" is no share of orders`,
		"order:resubmit@5%+300ms":           `"5%+300ms" is no share of orders`,
		"payment.charge:cancel@5%+0s":       `cancel is for a whole order and not for "payment.charge": write order:cancel@5%+0s`,
		"server:cancel@5%+0s":               `cancel is for a whole order and not for "server"`,
		"order:cancel(2)@5%+0s":             `cancel takes nothing in brackets`,
		"order:cancle@5%+300ms":             `there is no fault "cancle"; did you mean "cancel"?`,
		"order:cancel@5%":                   `"5%" is no share of orders and delay; want above 0% and up to 100%, and from 0s to 1m0s after the order was accepted, such as cancel@5%+300ms`,
		"order:cancel@300ms":                `"300ms" is no share of orders and delay`,
		"order:cancel@5%+2m":                `"5%+2m" is no share of orders and delay`,
		"order:cancel@5%+-1s":               `"5%+-1s" is no share of orders and delay`,
		"order:cancel@0%+1s":                `"0%+1s" is no share of orders and delay`,
		"order:cancel@5%+300":               `"5%+300" is no share of orders and delay`,
		"server:kill(2)@3s":                 `kill takes nothing in brackets`,
		"server:kill@3s+1s":                 `"3s+1s" is no time of a kill; want when it comes, such as kill@3s`,
		"server:kill@-1s":                   `"-1s" is no time of a kill`,
		"worker:kill@20%":                   `"20%" is no time of a kill`,
		"worker:kill@9999h":                 `"9999h" is no time of a kill`,
		"worker:pause@3s":                   `"3s" is no time of a pause; want start+length, such as pause@10s+5s`,
		"worker:pause@3s+0s":                `"3s+0s" is no time of a pause`,
		"restaurant.confirm:refuse@120%":    `"120%" is no share of orders`,
		"restaurant.confirm:refuse@0%":      `"0%" is no share of orders`,
		"restaurant.confirm:refuse@-5%":     `"-5%" is no share of orders`,
		"restaurant.confirm:refuse@NaN%":    `"NaN%" is no share of orders`,
		"restaurant.confirm:refuse@20":      `"20" is no share of orders; want above 0% and up to 100%, such as refuse@20%`,
		"restaurant.confirm:refuse":         `want target:fault@share`,
		"restaurant.confirm":                `want target:fault@share`,
		"":                                  `want target:fault@share`,
		"restaurant.confirm:refuse(2)@20%":  `refuse takes nothing in brackets`,
		"notification.mail:refuse@5%":       `notification.mail can't be refused, only payment.charge, restaurant.confirm, delivery.assign, payment.refund, restaurant.cancel-ticket, loyalty.revoke can`,
		"delivery.cancel:refuse@5%":         `delivery.cancel can't be refused`,
		"payment:refuse@5%":                 `payment can't be refused`,
		"*:refuse@5%":                       `* can't be refused`,
		"restaurant.confirm:fail(0)@5%":     `fail on "0" attempts: want a number from 1 to 100`,
		"restaurant.confirm:fail(x)@5%":     `fail on "x" attempts`,
		"loyalty.award:lose-reply(101)@5%":  `lose-reply on "101" attempts`,
		"restaurant.confirm:slow@5%":        `slow by "": want a time up to 1m0s, such as slow(3s)`,
		"restaurant.confirm:slow(3)@5%":     `slow by "3"`,
		"restaurant.confirm:slow(-3s)@5%":   `slow by "-3s"`,
		"restaurant.confirm:slow(2h)@5%":    `slow by "2h"`,
		"restaurant.confirm:slow(3s,0)@5%":  `slow on "0" attempts`,
		"restaurant:outage@20%":             `"20%" is no time of an outage; want start+length, such as outage@10s+5s`,
		"restaurant:outage@10s+0s":          `"10s+0s" is no time of an outage`,
		"restaurant:outage@-1s+5s":          `"-1s+5s" is no time of an outage`,
		"restaurant:outage@10s+9999h":       `is no time of an outage`,
		"restaurant.confirm:refuse@10s+5s":  `"10s+5s" is no share of orders`,
		"restaurant.confirm:refuse@20%@30%": `want target:fault@share`,
	} {
		_, err := fault.Parse(in)
		switch {
		case err == nil:
			t.Errorf("Parse(%q) finds nothing wrong", in)
		case !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), in) || strings.Contains(err.Error(), "\n"):
			t.Errorf("Parse(%q) returns\n%v\nwant one line with\n%s", in, err, want)
		}
	}
}

func TestParseAllReportsEverything(t *testing.T) {
	_, err := fault.ParseAll([]string{"restaurant.confrim:refuse@20%", "payment.charge:refuse@1%", "x"})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("want two lines, got %v", err)
	}
	rules, err := fault.ParseAll([]string{"payment.charge:refuse@1%", "restaurant:outage@1s+1s"})
	if err != nil || len(rules) != 2 {
		t.Errorf("got %v, %v", rules, err)
	}
}

func TestAnyRuleIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rules().Draw(t, "rule")
		r.Written = r.String()
		if got, err := fault.Parse(r.String()); err != nil || got != r {
			t.Fatalf("%+v is written %v and read as %+v, %v", r, r, got, err)
		}
	})
}

// rules generates rules of every kind.
func rules() *rapid.Generator[fault.Rule] {
	return rapid.Custom(func(t *rapid.T) fault.Rule {
		r := fault.Rule{Kind: rapid.SampledFrom(fault.Kinds).Draw(t, "kind")}
		r.Service = rapid.SampledFrom(append([]food.Service{fault.Any}, food.AllServices...)).Draw(t, "service")
		if r.Service != fault.Any && rapid.Bool().Draw(t, "precise") {
			r.Action = rapid.SampledFrom(food.Actions[r.Service]).Draw(t, "action")
		}
		r.Percent = rapid.Float64Range(1e-6, 100).Draw(t, "percent")
		switch r.Kind {
		case fault.Resubmit:
			r.Service, r.Action = "", ""
		case fault.Cancel:
			r = fault.Rule{Kind: r.Kind, Percent: r.Percent}
			r.Delay = time.Duration(rapid.Int64Range(0, int64(fault.MaxDelay)).Draw(t, "delay"))
		case fault.Refuse:
			r.Service, r.Action = food.Restaurant, food.Confirm
		case fault.Outage:
			r.Percent = 0
			r.After = time.Duration(rapid.Int64Range(0, int64(fault.MaxWhen)).Draw(t, "after"))
			r.For = time.Duration(rapid.Int64Range(1, int64(fault.MaxWhen)).Draw(t, "for"))
		case fault.Kill, fault.Pause:
			r = fault.Rule{Kind: r.Kind, Process: rapid.SampledFrom([]string{fault.Worker, fault.Server}).Draw(t, "process")}
			r.After = time.Duration(rapid.Int64Range(0, int64(fault.MaxWhen)).Draw(t, "after"))
			if r.Kind == fault.Pause {
				r.For = time.Duration(rapid.Int64Range(1, int64(fault.MaxWhen)).Draw(t, "for"))
			}
		case fault.Slow:
			r.Delay = time.Duration(rapid.Int64Range(1, int64(fault.MaxDelay)).Draw(t, "delay"))
			fallthrough
		default:
			r.Times = rapid.IntRange(1, fault.MaxTimes).Draw(t, "times")
		}
		return r
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"restaurant.confirm:slow(3s,2)@5%", "restaurant:outage@10s+5s", "*:lose-reply(3)@1e1%", "loyalty.award:panic(2)@5%", "worker:kill@3s", "server:pause@3s+8s", "order:cancel@5%+300ms", "a.b:c(d)@e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := fault.Parse(s)
		if err != nil {
			return
		}
		r.Written = r.String()
		if again, err := fault.Parse(r.String()); err != nil || again != r {
			t.Errorf("%q is %+v, written %v, read as %+v, %v", s, r, r, again, err)
		}
	})
}

func TestTargets(t *testing.T) {
	for rule, want := range map[string]string{
		"*:fail(1)@1%":                        "18",
		"payment:fail(1)@1%":                  "charge refund",
		"restaurant.confirm:fail(1)@1%":       "confirm",
		"order.status:fail(1)@1%":             "status-confirmed status-completed status-cancelled",
		"notification.mail-cancelled:fail@1%": "mail-cancelled",
		"notification.mail:fail(1)@1%":        "mail-confirmed mail-partner-assigned mail-payment-failed mail-cancelled mail-refunded mail-escalated",
	} {
		var hit []string
		for _, s := range food.AllServices {
			for _, a := range food.Actions[s] {
				if parse(t, rule)[0].Targets(s, a) {
					hit = append(hit, string(a))
				}
			}
		}
		if got := strings.Join(hit, " "); got != want && !(want == "18" && len(hit) == 18) {
			t.Errorf("%s targets %s, want %s", rule, got, want)
		}
	}
}

func parse(t testing.TB, written ...string) []fault.Rule {
	t.Helper()
	rules, err := fault.ParseAll(written)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
