"""The sentences that the synthetic voices speak: written for this project, rich in lip closures and rounded vowels.

All voices share the written sentences. Each voice of the training set also speaks sentences of its own: a network that hears
the same texts from everybody learns the texts instead of the sounds. Some are drawn from a small grammar; the others are made of
words that do not exist, so that sounds follow one another in every order and no word can be learned by heart.
"""

import re

import numpy as np

TRAIN = tuple(
    """Good morning, and thank you for calling us today.
The package will be brought to your door before noon.
Maybe we should move the big table to the back room.
Please put both of your bags up on the upper shelf.
A warm bowl of pumpkin soup makes the evening better.
My brother bought a cheap map in a shop by the bay.
I am sorry, but that number is not on my list.
Could you repeat the last part a little more slowly?
The river runs under the old wooden bridge.
Five fresh figs fell from the fence and rolled away.
We think the weather on Thursday will be rather smooth.
She saw six silver ships sail past the south shore.
The judge changed the charge after a short exchange.
Who knew that the moon could look so huge and blue?
Go slowly over the snow, or you will fall below.
He has a very heavy voice, and he loves to use it.
Bob, Pam and Tim plan to meet at the pub at seven.
The bumpy path improved, so we jumped off the bus.
What a beautiful view of the valley and the village.
Would you wait while we walk west with William?
You should use your usual route to the university.
The yellow onion is in the yard, beyond the young tree.
Your appointment is booked for a quarter past three.
There is no charge for the first month of membership.
Let me see whether the blue model is still available.
Our team answers most messages within one business day.
Press the button, breathe out, and keep your lips closed.
The baby babbled, pointed at a puppy, and clapped.
An apple, a pear, a plum and a banana make a simple meal.
Open the document and jump to the summary on page nine.
The camera follows the speaker across the whole stage.
Numbers like forty, fourteen and four are easy to mix up.
I would rather read a thick book than watch another film.
The thirsty mother gathered feathers with both brothers.
Choose a chair, watch the children, and share the cheese.
Leisure and pleasure are measured on different scales.
The king sang a long song while the bells were ringing.
Can you keep a cake in a cool, dark corner of the kitchen?
Good dogs dig deep and drag dirty sticks across the garden.
Ten tiny turtles took a train to a town in Tennessee.
The law caught all four of them in the hall at dawn.
Look at the cook who took a good book from the wooden hook.
The noise of the boiling oil annoyed the boys.
Now count the brown cows around our house out loud.
Fire, tire, wire and higher all end the same way.
Early birds turn and learn first, or so I heard.
The shop on the corner sells soft socks and strong rope.
Every evening the elephants enter the empty enclosure.
It is a bit difficult to fit this thing in the kitchen sink.
Feel free to leave a message, and we will meet you on the street.
Up, up, up went the balloon, above the poplar trees.
Mom made me promise to pump up the pool by myself.
Pop music became popular because people began to buy it.
The empty lamp bumped the beam and broke the bulb.
Pay by phone, by post, or by paper form at the booth.
A bishop, a baker and a plumber bet on a pony.
Imagine a machine that moves its mouth as you speak.
The problem is simple, but explaining it may be hard.
Nobody believed him, but the report proved him right.
Remember to bring the umbrella, the rubber boots and the pump.
Hello again. Are you ready? Then let us begin.
Yes. No. Perhaps. I do not really know.
One, two, three, four, five, six, seven, eight, nine, ten.
Monday, Tuesday, Wednesday, Thursday, Friday, and the weekend.
Welcome back! It is so nice to see you again.
Hmm, that is a tough one. Let me think about it for a moment.
Turn up the volume, please, the music is far too low.
The museum of modern art opens at half past ten.
They have lived above the flower shop for over four years.
A thousand thanks for the thoughtful birthday gift.
We will support the customer from the first call to the last.
How do you do? My name is Emma, and this is my assistant.
Take the second street on the right, then climb the steps.
The white whale swam slowly through the quiet water.
Few people voted for the proposal, and even fewer spoke.
He grabbed the rope, stepped back, and stopped the boat.
The plane from Paris to Prague was packed with passengers.
Summer time, and the members of the family camp by the lake.
Sharp sounds should sometimes shock a sleepy audience.
The results of the experiment were published in April.
To be honest, I prefer the bigger one with the purple label.
Would it be possible to postpone our meeting by a week?
The bee buzzed by, bumped the pane, and moved off.
Sleep well, dream deeply, and wake up happy tomorrow.
Blow out the lamp, sweep the floor, and come home with me.
The umpire may stop the game if the rain keeps up.
Do you prefer the room with the view of the port, or the park?
Fame, fortune and fun followed the famous performer.
Keep the vegetables and the beef over a very low fire.
We were away all week, so we owe you one reply.
I understand what you mean, and I agree with every word.
The computer will compute the complete map by midnight.
Such a small child should not be out in the cold alone.
Jump, stop, clap, and bow: that is the whole performance.
Old gold coins were found below the frozen road.
Please wait for the beep, and then speak as you normally would.""".split("\n")
)

TEST = tuple(
    """The people in the lobby made a public promise.
May I borrow a pen and some paper from you?
Four foolish wolves chewed through the woven rope.
She should measure the shelf before choosing a new one.
Bump the ball up, and jump for it, Pablo.
The weather improved, so both boats moved off.
Do you know how the story of the blue balloon ends?
He always buys warm bread at the bakery nearby.
Our new assistant speaks clearly, and never gets tired.
Three brothers threw their things over the south wall.
A simple example may help you to remember the rule.
What time should we wake you up tomorrow morning?
The chef put pepper and maple syrup on the lamb.
Use the yellow route to go around the huge bay.
I thought about it again, and my answer is maybe.
Keep quiet, stop the pump, and shut the upper door.""".split("\n")
)

ALL = TRAIN + TEST
OWN_FIRST = 10000  # numbers of a voice's own sentences begin here
INVENTED_FIRST = 100000  # and those of invented words here

_WORDS = {
    "name": "Bob Pam Fiona Hugh Joyce Ruth Mabel Vera Tom Sophie George Zoe Peter Maya Paul Wendy Philip Beth Umberto Yvonne Oscar Becky Chip Thelma Boris Iris Quentin Daphne",
    "who": "somebody nobody everyone the|farmer my|uncle your|neighbour the|old|painter a|young|woman both|boys the|judge our|cook the|pilot a|famous|poet the|bride this|robot the|whole|family her|mother the|bishop few|people the|shepherd their|coach",
    "did": "bought found pushed measured forgot moved lifted borrowed chose wrapped dropped followed showed brought mixed climbed carried opened washed counted filmed sharpened hid swept pulled burned kept warmed shipped improved juggled poured squeezed threw watched voted|for jumped|over laughed|at talked|about waited|for",
    "can": "move buy fix paint bring choose reach prove open build shape push join weigh use follow clean save remove pay|for look|up heat wrap keep change borrow throw see hear move jump|over",
    "kind": "blue purple huge soft warm empty tiny smooth famous broken heavy shiny yellow clever bitter wooden foggy cheap public rough modern curly simple quiet orange royal awful thick jolly damp proper usual woolen fresh vivid bumpy obvious plump early",
    "thing": "bowl map bottle jacket umbrella book shovel balloon piano apple window chair machine photo puppy carpet lamp bridge feather cup pumpkin voice wheel pillow mirror jewel bicycle ship hammer bush poem fork mushroom envelope camera tooth robe garage leaf thumb whip knife wagon puzzle road oyster house beam opal vase",
    "things": "bees pumps letters shoes wolves peaches maps songs boxes thieves houses bubbles measures friends judges clouds lemons voices wires boys teams books fires pies birds crowds",
    "where": "by|the|lake in|the|kitchen above|the|shop near|the|harbour under|the|table behind|the|church in|a|small|boat on|the|upper|floor at|the|station over|there in|front|of|the|museum beyond|the|valley up|the|hill at|home outside inside|the|booth on|the|moon down|the|path from|Prague",
    "when": "on|Monday before|breakfast this|evening every|Thursday at|noon long|ago after|the|game in|the|meantime once|more tomorrow by|four|o'clock in|July all|week before|the|storm for|months now|and|then",
    "how": "slowly with|both|hands very|well without|a|word happily on|purpose quite|often by|mistake in|a|hurry almost|perfectly",
    "number": "two four five seven eight nine twelve fifteen forty sixty|four eleven thirty|five twenty|two",
}
_PATTERNS = (
    "{name} {did} the {kind} {thing} {where}.",
    "{when} {who} {did} {number} {kind} {things}.",
    "Could you {can} my {thing} {when}, please?",
    "{who} {did} a {thing}, and {name} {did} the {things} {how}.",
    "Why would {name} {can} such a {kind} {thing}?",
    "Please {can} the {thing} {how}, {name}.",
    "We will {can} {number} {things} {where}.",
    "The {kind} {thing} and the {kind} {thing} were {where}.",
    "I think {who} may {can} the {things} {when}.",
    "{name}, do not {can} that {kind} {thing}!",
    "If it is too {kind}, {can} the other {thing} {when}.",
    "{number} {things}, {number} {things}, and one {kind} {thing}.",
    "Oh, {who} {did} it {how} {where}.",
)


def is_test(number):
    """Whether a sentence is kept out of all training."""
    return len(TRAIN) <= number < len(ALL)


def own_sentences(seed, count):
    """[(number, text)] of one voice: sentences that no other voice speaks."""
    rng = np.random.default_rng(seed)
    words = {slot: text.split() for slot, text in _WORDS.items()}

    def draw(slot):
        return str(rng.choice(words[slot.group(1)])).replace("|", " ")

    texts = [re.sub(r"{(\w+)}", draw, _PATTERNS[int(rng.integers(len(_PATTERNS)))]) for _ in range(count)]
    return [(OWN_FIRST + 1000 * seed + k, text[0].upper() + text[1:]) for k, text in enumerate(texts)]


_ONSETS = "b bl br ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sh sk sl sm sn sp spr st str sw t th tr tw v w wh y z".split()
_NUCLEI = "a ai ar au aw e ea ee er ew i igh ir o oa oi oo or ou ow oy u ur".split()
_CODAS = "b ck d ft g l lb ld lf lk lm lp lt m mp n nch nd ng nk nt p pt r rb rd rk rm rn rp rt s sh sk sp st t th ve x z".split()
_BETWEEN = "a the my of to we you in on for was maybe and but from by up our what how".split()


def _invented_word(rng):
    """One to three syllables that can be read aloud; about one syllable of five begins with a vowel, two of five end with one."""
    word = ""
    for _ in range(int(rng.choice([1, 2, 3], p=[0.45, 0.4, 0.15]))):
        onset = rng.choice(_ONSETS) if word or rng.random() < 0.8 else ""
        word += f"{onset}{rng.choice(_NUCLEI)}{rng.choice(_CODAS) if rng.random() < 0.6 else ''}"
    return word


def invented_sentences(seed, count):
    """[(number, text)] of one voice: four to nine words that do not exist, with some that do between them."""
    rng, out = np.random.default_rng([seed, 1]), []
    for k in range(count):
        words = []
        for _ in range(int(rng.integers(4, 10))):
            word = str(rng.choice(_BETWEEN)) if rng.random() < 0.3 else _invented_word(rng)
            words.append(word + ("," if rng.random() < 0.12 else ""))
        text = " ".join(words).rstrip(",") + str(rng.choice([".", ".", "?", "!"]))
        out.append((INVENTED_FIRST + 1000 * seed + k, text[0].upper() + text[1:]))
    return out
