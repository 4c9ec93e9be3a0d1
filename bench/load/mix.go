package load

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/food"
)

// A Mix makes the orders of a cell. What it makes follows from its fields alone.
// The style is not among them, so every style is given the same orders.
type Mix struct {
	Scenario string
	Rate     float64 // orders per second; distinguishes the rungs of a scenario
	Repeat   int
	Seed     uint64
}

// customers is how many people order. It is small enough that each orders
// several times in a run, which makes sums per customer worth checking.
const customers = 400

// Order returns order n of the measured window.
func (m Mix) Order(n int) food.Order { return m.order(m.id(strconv.Itoa(n))) }

// Warmup returns order n of the warm-up. Its id is never one of Order's.
func (m Mix) Warmup(n int) food.Order { return m.order(m.id("w" + strconv.Itoa(n))) }

// id is the scenario, the rate, the repeat and the order's number. No number
// holds a '-', so no two cells of a run make the same id.
func (m Mix) id(n string) string {
	rate := strings.ReplaceAll(strconv.FormatFloat(m.Rate, 'f', -1, 64), ".", "_")
	return m.Scenario + "-" + rate + "-" + strconv.Itoa(m.Repeat) + "-" + n
}

// order fills in what was ordered. Each order has a source of its own, so that
// it can be made again without those before it.
func (m Mix) order(id string) food.Order {
	h := fnv.New64a()
	h.Write([]byte(id))
	draw := rand.New(rand.NewPCG(m.Seed, h.Sum64()))

	from := restaurants[draw.IntN(len(restaurants))]
	o := food.Order{ID: id, Customer: fmt.Sprintf("customer-%03d", 1+draw.IntN(customers)), Restaurant: from.name}
	dishes := draw.Perm(len(from.menu))[:1+draw.IntN(5)]
	o.Items = make([]food.Item, 0, len(dishes))
	for _, i := range dishes {
		d := from.menu[i]
		o.Items = append(o.Items, food.Item{Dish: d.name, Quantity: 1 + draw.IntN(3), Price: d.price})
	}
	return o
}

type restaurant struct {
	name string
	menu []dish
}

type dish struct {
	name  string
	price food.Cents
}

var restaurants = []restaurant{
	{"Trattoria Aurora", []dish{{"Margherita", 890}, {"Lasagne", 1250}, {"Gnocchi", 1120}, {"Caprese", 790}, {"Tiramisu", 550}, {"Focaccia", 420}}},
	{"Golden Wok", []dish{{"Mapo tofu", 1090}, {"Spring rolls", 480}, {"Dan dan noodles", 1150}, {"Fried rice", 870}, {"Sweet and sour pork", 1290}}},
	{"Bombay Lane", []dish{{"Butter chicken", 1390}, {"Chana masala", 990}, {"Garlic naan", 325}, {"Samosa", 450}, {"Mango lassi", 395}, {"Biryani", 1275}}},
	{"La Taqueria", []dish{{"Tacos al pastor", 985}, {"Quesadilla", 865}, {"Guacamole", 540}, {"Burrito", 1095}, {"Churros", 495}}},
	{"Kyoto Corner", []dish{{"Tonkotsu ramen", 1340}, {"Gyoza", 620}, {"Salmon nigiri", 780}, {"Katsu curry", 1260}, {"Miso soup", 360}}},
	{"Meze House", []dish{{"Falafel plate", 940}, {"Hummus", 520}, {"Shawarma", 1085}, {"Tabbouleh", 610}, {"Baklava", 445}, {"Halloumi", 730}}},
	{"Burger Yard", []dish{{"Cheeseburger", 1045}, {"Veggie burger", 995}, {"Fries", 390}, {"Onion rings", 450}, {"Milkshake", 575}}},
	{"Pho Saigon", []dish{{"Pho bo", 1180}, {"Summer rolls", 640}, {"Banh mi", 825}, {"Bun cha", 1215}, {"Iced coffee", 410}}},
}

// Items writes down what was ordered, such as "2*890 Margherita;1*550 Tiramisu", for
// a reader that does not trust the services' sums.
func Items(o food.Order) string {
	lines := make([]string, len(o.Items))
	for i, it := range o.Items {
		lines[i] = fmt.Sprintf("%d*%d %s", it.Quantity, int64(it.Price), it.Dish)
	}
	return strings.Join(lines, ";")
}
