using System.Globalization;
using System.Text.Json;
using ControlChat.App.Sessions.Screens;
using ControlChat.Core.Sessions;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

public sealed class SessionProjectionTests
{
    private readonly SessionProjection _past = new();
    private long _seq;

    [Fact]
    public void An_answer_grows_and_is_replaced_by_what_is_stored()
    {
        Take("user_message", """{"text":"Hello","name":"Ada"}""");
        Grow("agent_message_delta", """{"message_id":"m1","offset":0,"text":"One "}""");
        Grow("agent_message_delta", """{"message_id":"m1","offset":4,"text":"two"}""");
        Assert.Equal(("One two", true), Answer());
        // Said again from an earlier place, as after a loss.
        Grow("agent_message_delta", """{"message_id":"m1","offset":4,"text":"three"}""");
        Assert.Equal(("One three", true), Answer());
        Grow("agent_message_delta", """{"message_id":"m1","offset":0,"text":""}""");
        Assert.Equal(("", true), Answer());
        Take("agent_message", """{"message_id":"m1","text":"The whole.","whole":true}""");
        Assert.Equal(("The whole.", false), Answer());
        Grow("agent_message_delta", """{"message_id":"m1","offset":9,"text":"late"}""");
        Assert.Equal(("The whole.", false), Answer());
        Assert.Equal(2, _past.Items.Count);
    }

    [Fact]
    public void An_id_that_the_agent_chose_takes_no_place_but_its_own()
    {
        Take("user_message", """{"text":"Hello","name":"Ada"}""");
        Take("system", """{"text":"note"}""");
        Take("approval_requested", """{"approval_id":"apr_1"}""");
        Take("plan", """{"steps":[]}""");
        foreach (var id in new[] { "e1", "e2", "apr_1", "a:apr_1", "plane1", "e6" })
        {
            Take("agent_message", $$"""{"message_id":"{{id}}","text":"{{id}}"}""");
            Take("command_started", $$"""{"item_id":"{{id}}","command":"make"}""");
            Grow("agent_message_delta", $$"""{"message_id":"x{{id}}","offset":0,"text":"more"}""");
        }
        Assert.Equal("Hello", _past.Items.OfType<SessionItem.Said>().Single().Text);
        Assert.Equal("note", _past.Items.OfType<SessionItem.Notice>().Single().Text);
        Assert.Equal("apr_1", _past.Items.OfType<SessionItem.Asked>().Single().ApprovalId);
        Assert.Equal((12, 6, 1), (_past.Items.OfType<SessionItem.Answer>().Count(), _past.Items.OfType<SessionItem.Command>().Count(), _past.Items.OfType<SessionItem.Plan>().Count()));
        Assert.Equal(_past.Items.Count, _past.Items.Select(i => i.Key).Distinct().Count());
    }

    [Fact]
    public void Who_comes_late_sees_that_the_beginning_is_missing()
    {
        Grow("agent_message_delta", """{"message_id":"m1","offset":40,"text":"the rest "}""");
        Grow("agent_message_delta", """{"message_id":"m1","offset":49,"text":"of it"}""");
        Assert.Equal(("…the rest of it", true), Answer());
    }

    [Fact]
    public void A_command_is_one_item_from_its_start_to_its_end()
    {
        Take("command_started", """{"item_id":"c1","command":"make","cwd":"/w"}""");
        Grow("command_output", """{"item_id":"c1","text":"a\n"}""");
        Grow("command_output", """{"item_id":"c1","text":"b\n"}""");
        var running = Assert.IsType<SessionItem.Command>(Assert.Single(_past.Items));
        Assert.Equal(("make", "a\nb\n", "in_progress"), (running.Line, running.Output, running.Status));
        Take("command_finished", """{"item_id":"c1","status":"failed","exit_code":2,"output":"a\nb\nc\n","duration_ms":12}""");
        var done = Assert.IsType<SessionItem.Command>(Assert.Single(_past.Items));
        Assert.Equal(("make", "a\nb\nc\n", "failed", 2, 12L), (done.Line, done.Output, done.Status, done.ExitCode, done.Milliseconds));
        Grow("command_output", """{"item_id":"c1","text":"late"}""");
        Assert.Equal("a\nb\nc\n", ((SessionItem.Command)_past.Items[0]).Output);
    }

    [Fact]
    public void What_was_under_way_at_the_end_is_broken_off()
    {
        Take("command_started", """{"item_id":"c1","command":"make"}""");
        Take("tool_call", """{"item_id":"t1","status":"in_progress","tool":"read"}""");
        Grow("agent_message_delta", """{"message_id":"m1","offset":0,"text":"I am"}""");
        Take("ended", """{"reason":"stopped"}""");
        Assert.Equal("abandoned", _past.Items.OfType<SessionItem.Command>().Single().Status);
        Assert.Equal("abandoned", _past.Items.OfType<SessionItem.Tool>().Single().Status);
        Assert.Equal(("I am", false), Answer());
    }

    [Fact]
    public void A_plan_told_anew_replaces_the_one_of_its_turn_only()
    {
        Take("user_message", """{"text":"a","name":"Ada"}""");
        Take("plan", """{"steps":[{"text":"x","status":"pending"}]}""");
        Take("plan", """{"steps":[{"text":"x","status":"completed"}]}""");
        Take("user_message", """{"text":"b","name":"Ada"}""");
        Take("plan", """{"steps":[{"text":"y","status":"pending"}]}""");
        Assert.Equal(["x completed", "y pending"], _past.Items.OfType<SessionItem.Plan>().Select(p => $"{p.Steps[0].Text} {p.Steps[0].Status}"));
    }

    [Fact]
    public void What_is_seen_twice_is_shown_once_and_what_nobody_knows_is_nothing()
    {
        Take("system", """{"text":"ready"}""");
        _past.Take(new StoredSessionEvent { Seq = 1, Type = "system", Data = """{"text":"ready"}""" });
        Take("usage", """{"input_tokens":1}""");
        Take("something_new", """{"a":[1]}""");
        Grow("agent_message_delta", """{"no":"id"}""");
        Assert.Single(_past.Items);
        Assert.Equal(3, _past.Seq);
    }

    [Fact]
    public void Only_so_many_are_held_and_it_says_that_there_are_more()
    {
        for (var i = 0; i < SessionProjection.Most * 2; i++) Take("system", $$"""{"text":"{{i}}"}""");
        Assert.InRange(_past.Items.Count, SessionProjection.Most, SessionProjection.Most + 100);
        Assert.True(_past.HasEarlier);
        Assert.Equal((SessionProjection.Most * 2 - 1).ToString(CultureInfo.InvariantCulture), ((SessionItem.Notice)_past.Items[^1]).Text);
    }

    [Theory]
    [InlineData("read_workspace_file", """{"path":"README.md"}""", "read_workspace_file(README.md)")]
    [InlineData("t", """{"a":1,"b":[true],"c":null}""", "t(1, [true], null)")]
    [InlineData("t", "no JSON\nat all", "t(no JSON at all)")]
    [InlineData("t", """{"a":"0123456789012345678901234567890123456789x"}""", "t(0123456789012345678901234567890123456789…)")]
    [InlineData("t", "{\"a\":\"\u202Egnp\"}", "t(⟨U+202E⟩gnp)")]
    public void A_tool_call_is_one_short_line(string tool, string arguments, string line) =>
        Assert.Equal(line, ToolWords.Call(new SessionItem.Tool("k", default, "completed", null, tool, arguments, null, null, null)));

    private (string, bool) Answer() => _past.Items.OfType<SessionItem.Answer>().Select(a => (a.Text, a.Growing)).Single();

    private void Take(string type, string data) => _past.Take(new StoredSessionEvent { Seq = ++_seq, Type = type, Data = data, At = DateTimeOffset.UnixEpoch });

    private void Grow(string type, string data) => _past.Grow(type, JsonSerializer.Deserialize<JsonElement>(data), DateTimeOffset.UnixEpoch);
}
