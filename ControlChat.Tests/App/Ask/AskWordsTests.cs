using ControlChat.App.Ask;
using ControlChat.App.Ui;
using ControlChat.Core.Conversations;
using ControlChat.Core.Runner;
using ControlChat.Core.Runner.Offline;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Ask;

public sealed class AskWordsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 14, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Renamed the Q3 report", "q3 ren", "Ren|Q3")]
    [InlineData("Prename", "ren", "")]
    [InlineData("Zürich and zurich", "zur", "Zür|zur")]
    [InlineData("anything", "", "")]
    public void The_words_of_a_search_are_marked_where_they_begin_a_word(string text, string search, string hits)
    {
        var parts = WordMatch.Split(text, search);
        Assert.Equal(text, string.Concat(parts.Select(part => part.Text)));
        Assert.Equal(hits, string.Join('|', parts.Where(part => part.Hit).Select(part => part.Text)));
    }

    [Fact]
    public void Conversations_stand_under_the_reader_s_days()
    {
        // 23:30 UTC is tomorrow in Stockholm.
        var clock = ReaderClock.In("Europe/Stockholm");
        ConversationItem[] items = [Item("a", Now), Item("b", Now.AddHours(-14.5)), Item("c", Now.AddDays(-1).AddHours(-1)), Item("d", Now.AddDays(-4)), Item("e", Now.AddMonths(-2)), Item("f", Now.AddYears(-1))];
        Assert.Equal(["Today: a b", "Yesterday: c", "Last 7 days: d", "September: e", "November 2025: f"],
            Threads.ByDay(items, clock, Now).Select(day => $"{day.Day}: {string.Join(' ', day.Items.Select(item => item.Id))}"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("One.", ", 1 paragraph")]
    [InlineData("One.\n\n| a |\n| - |\n| 1 |\n\nTwo.", ", 2 paragraphs, 1 table")]
    public void An_answer_is_measured_for_those_who_hear_it(string markdown, string words) => Assert.Equal(words, AskVoice.Measure(markdown));

    [Fact]
    public void A_finished_sentence_is_spoken_and_half_a_one_is_not()
    {
        var talk = new AskScript();
        using var announcer = new Announcer(talk.Time);
        var voice = new AskVoice(announcer, () => "all");
        talk.Asks("a", "run_1");
        talk.Starts("run_1");
        talk.Grows("msg_9", "It is **done**. Now the ne");
        voice.Hear(talk.State);
        Assert.Equal("Answering", announcer.Polite);
        talk.Time.Advance(Announcer.Pause);
        Assert.Equal("It is done.", announcer.Polite);
    }

    [Fact]
    public void Nothing_is_spoken_of_an_answer_when_the_reader_wants_nothing()
    {
        var talk = new AskScript();
        using var announcer = new Announcer(talk.Time);
        var voice = new AskVoice(announcer, () => "nothing");
        talk.Asks("a", "run_1");
        talk.Starts("run_1");
        talk.Grows("msg_9", "It is done. Now");
        voice.Hear(talk.State);
        talk.Says("It is done. Now", "run_1", "msg_9");
        voice.Hear(talk.Ends("run_1"), talk.State);
        Assert.Equal("", announcer.Polite);
    }

    [Fact]
    public void The_badge_says_who_answers_and_when_a_lost_model_is_tried_again()
    {
        Assert.Equal(("Offline planner", "accent"), Badge(new ModelState("offline", "offline planner", true, null, null)));
        Assert.Equal(("gpt-5.5", ""), Badge(new ModelState("openai", "gpt-5.5", null, null, null)));
        Assert.Equal(("gpt-5.5 not reachable, retry in 8 s", "warn"), Badge(new ModelState("openai", "gpt-5.5", false, "Refused.", Now.AddSeconds(7.2))));
        Assert.Equal(("gpt-5.5 not reachable, the next message tries again", "warn"), Badge(new ModelState("openai", "gpt-5.5", false, "Refused.", Now.AddSeconds(-1))));
    }

    [Fact]
    public void Every_example_is_understood_by_the_offline_planner_as_it_stands()
    {
        var grammar = new Grammar(new FakeTime());
        string[] tools = ["workspace.list", "logs.search", "workspace.create", "workspace.archive", "workspace.rename", "undo", "audit.search", "config.get", "editors.list"];
        var prompts = tools.SelectMany(tool => Example.For([tool])).Where(prompt => !prompt.Text.StartsWith('/')).ToList();
        Assert.Equal(9, prompts.Count);
        Assert.All(prompts, prompt => Assert.NotNull(grammar.Match(prompt.Text)));
        Assert.Equal(Example.Shown, Example.For(tools).Count);
    }

    [Theory]
    [InlineData("http://h/c/conv_1#m-12", 12L)]
    [InlineData("http://h/c/conv_1", null)]
    [InlineData("http://h/c/conv_1#m-", null)]
    [InlineData("http://h/c/conv_1#m-1x", null)]
    public void A_link_names_a_message_by_its_sequence(string address, long? seq) => Assert.Equal(seq, AskPlace.SeqIn(address));

    private static (string, string) Badge(ModelState state)
    {
        var badge = ModelBadge.Of(state, Now);
        return (badge.Text, badge.Tone);
    }

    private static ConversationItem Item(string id, DateTimeOffset at) => new(id, id, at, false, at, 1, null);
}
