using System.Text.Json.Nodes;
using ControlChat.App.Ask;
using ControlChat.App.Live;
using ControlChat.Core.Conversations;
using Xunit;

namespace ControlChat.Tests.App.Ask;

public sealed class AskStateTests
{
    private readonly AskScript _talk = new();

    [Fact]
    public void A_question_and_its_answer_are_two_items_in_order()
    {
        _talk.Asks("List my workspaces", "run_1");
        _talk.Starts("run_1");
        _talk.Says("None yet.", "run_1", "msg_9");
        _talk.Ends("run_1");
        Assert.Collection(_talk.Items,
            item => Assert.Equal("List my workspaces", Assert.IsType<AskItem.Written>(item).Text),
            item => Assert.Equal("gpt-5.5", Assert.IsType<AskItem.Answer>(item).By));
        Assert.Equal("None yet.", _talk.Shown);
        Assert.False(_talk.Answer.Run.IsOpen);
    }

    [Fact]
    public void An_event_that_comes_twice_is_shown_once()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        var call = _talk.Calls("run_1", "call_1");
        var said = _talk.Says("done", "run_1", "msg_9");
        Assert.False(_talk.State.Apply(call));
        Assert.False(_talk.State.Apply(said));
        Assert.Equal(2, _talk.Answer.Parts.Count);
        Assert.Equal(2, _talk.Items.Count);
    }

    [Fact]
    public void Pieces_grow_and_the_stored_message_takes_their_place()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        Assert.True(_talk.Grows("msg_9", "Hel"));
        Assert.True(_talk.Grows("msg_9", "lo", offset: 3));
        Assert.Equal("Hello", _talk.Shown);
        Assert.True(_talk.Answer.Run.Answering);
        _talk.Says("Hello there", "run_1", "msg_9");
        Assert.Equal("Hello there", _talk.Shown);
        Assert.False(_talk.Answer.Run.Answering);
        Assert.False(_talk.Grows("msg_9", " late", offset: 5));
        Assert.Equal("Hello there", _talk.Shown);
    }

    [Fact]
    public void A_piece_seen_before_or_with_a_hole_before_it_changes_nothing()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Grows("msg_9", "Hello");
        Assert.False(_talk.Grows("msg_9", "Hel"));
        Assert.False(_talk.Grows("msg_9", "!", offset: 9));
        Assert.True(_talk.Grows("msg_9", "lo you", offset: 3));
        Assert.Equal("Hello you", _talk.Shown);
    }

    [Fact]
    public void A_new_attempt_starts_over_and_a_late_piece_of_the_old_one_is_dropped()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Grows("msg_9", "Half an ans");
        _talk.State.Grow(new FeedItem.Delta(ConversationEvents.Reset, "msg_9", 0, 0, ""));
        Assert.Equal("", _talk.Shown);
        Assert.True(_talk.Grows("msg_9", "Whole", attempt: 2));
        Assert.False(_talk.Grows("msg_9", "wer", offset: 11));
        Assert.Equal("Whole", _talk.Shown);
    }

    [Fact]
    public void A_piece_that_overtakes_the_beginning_of_its_run_is_shown_when_the_run_is_known()
    {
        Assert.False(_talk.Grows("msg_9", "Fast"));
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        Assert.Equal("Fast", _talk.Shown);
    }

    [Fact]
    public void What_was_growing_when_the_run_was_stopped_is_gone()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Grows("msg_9", "Half");
        _talk.Stops("run_1");
        Assert.Empty(_talk.Answer.Parts);
        Assert.Equal(AskPhase.Stopped, _talk.Answer.Run.Phase);
        Assert.False(_talk.Grows("msg_9", " more", offset: 4));
    }

    [Fact]
    public void A_failure_keeps_its_words_and_its_reference()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Fails("run_1", "The model did not answer: too many requests. Tried 3 times.", "7f3a");
        Assert.Equal(("7f3a", AskPhase.Failed), (_talk.Answer.Run.Error?.Ref, _talk.Answer.Run.Phase));
    }

    [Fact]
    public void A_run_thinks_answers_and_is_slow_after_thirty_seconds_of_silence()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        var run = _talk.State.Active!;
        _talk.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, false, false), (run.Seconds(_talk.Time.GetUtcNow()), run.Answering, run.IsSlow(_talk.Time.GetUtcNow())));
        _talk.Time.Advance(TimeSpan.FromSeconds(28));
        Assert.True(run.IsSlow(_talk.Time.GetUtcNow()));
        _talk.Grows("msg_9", "At last");
        _talk.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((3, true, false), (run.Seconds(_talk.Time.GetUtcNow()), run.Answering, run.IsSlow(_talk.Time.GetUtcNow())));
    }

    [Fact]
    public void A_plan_waits_until_the_record_says_what_became_of_it()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Calls("run_1", "call_1", "workspace.archive");
        _talk.Plans("run_1", "call_1", "apr_1");
        Assert.Equal("apr_1", Assert.Single(_talk.State.Waiting).ApprovalId);
        Assert.True(_talk.Answer.Run.Waits);
        Assert.Null(_talk.State.Active);
        _talk.Decides("run_1", "apr_1", "consumed");
        _talk.Answers("run_1", "call_1", action: "act_1");
        Assert.Empty(_talk.State.Waiting);
        Assert.NotNull(_talk.State.Active);
        // The plan's card becomes the receipt: the call itself was not made without asking.
        Assert.False(_talk.Answer.ChangedAtOnce);
    }

    [Fact]
    public void A_plan_made_anew_waits_beside_the_one_it_replaces()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Calls("run_1", "call_1");
        _talk.Plans("run_1", "call_1", "apr_1");
        _talk.Decides("run_1", "apr_1", "superseded");
        _talk.Plans("run_1", "call_1", "apr_2");
        Assert.Equal(["apr_1", "apr_2"], _talk.Answer.Parts.OfType<AskPart.Plan>().Select(plan => plan.ApprovalId));
        Assert.Equal("apr_2", Assert.Single(_talk.State.Waiting).ApprovalId);
        Assert.True(_talk.Answer.Run.Waits);
    }

    [Fact]
    public void A_message_sent_while_a_run_goes_waits_below_and_the_answer_goes_on_above_it()
    {
        _talk.Asks("first", "run_1");
        _talk.Starts("run_1");
        _talk.Asks("second", "run_2");
        Assert.True(_talk.State.Run("run_2")!.Behind);
        _talk.Says("one", "run_1", "msg_9");
        _talk.Ends("run_1");
        Assert.False(_talk.State.Run("run_2")!.Behind);
        _talk.Starts("run_2");
        _talk.Says("two", "run_2", "msg_10");
        Assert.Equal(["first", "one", "second", "two"], _talk.Items.Select(item => item is AskItem.Written written ? written.Text : ((AskItem.Answer)item).AllText));
    }

    [Fact]
    public void A_run_that_waited_goes_on_below_what_was_answered_meanwhile()
    {
        _talk.Asks("first", "run_1");
        _talk.Starts("run_1");
        _talk.Calls("run_1", "call_1");
        _talk.Plans("run_1", "call_1", "apr_1");
        _talk.Asks("second", "run_2");
        _talk.Starts("run_2");
        _talk.Says("two", "run_2", "msg_9");
        _talk.Ends("run_2");
        _talk.Decides("run_1", "apr_1", "declined");
        _talk.Answers("run_1", "call_1", "declined");
        _talk.Says("Nothing was changed.", "run_1", "msg_10");
        Assert.Equal(["", "two", "Nothing was changed."], _talk.Items.OfType<AskItem.Answer>().Select(answer => answer.AllText));
        Assert.Equal([false, true, true], _talk.Items.OfType<AskItem.Answer>().Select(answer => answer.IsLast));
    }

    [Fact]
    public void What_is_sent_shows_at_once_and_becomes_the_stored_message()
    {
        var item = _talk.State.Send("ui-1", "Hello");
        Assert.Same(item, Assert.Single(_talk.Items));
        Assert.Null(item.Seq);
        _talk.State.Accepted("ui-1", "msg_1");
        _talk.Asks("Hello", "run_1", id: "msg_1");
        Assert.Same(item, _talk.Items[0]);
        Assert.Equal(1, item.Seq);
        Assert.Equal(2, _talk.Items.Count);
    }

    [Fact]
    public void The_record_may_come_before_the_answer_to_sending()
    {
        var item = _talk.State.Send("ui-1", "Hello");
        _talk.Asks("Hello", "run_1", id: "msg_1");
        _talk.State.Accepted("ui-1", "msg_1");
        Assert.Single(_talk.Items.OfType<AskItem.Written>(), item);
    }

    [Fact]
    public void The_same_words_by_another_door_are_another_message()
    {
        _talk.State.Send("ui-1", "Hello");
        _talk.Asks("Hello", "run_1", id: "msg_1", via: "rest");
        Assert.Equal(2, _talk.Items.OfType<AskItem.Written>().Count());
    }

    [Fact]
    public void What_was_not_sent_stays_and_is_tried_again_under_the_same_id()
    {
        var item = _talk.State.Send("ui-1", "Hello");
        _talk.State.NotSent("ui-1", "The database did not answer.");
        Assert.Equal("The database did not answer.", item.Problem);
        Assert.Same(item, _talk.State.Send("ui-1", "Hello"));
        Assert.Null(item.Problem);
        _talk.State.NotSent("ui-1", "Again.");
        _talk.State.Discard("ui-1");
        Assert.True(_talk.State.IsEmpty);
    }

    [Fact]
    public void Earlier_events_come_before_and_nothing_is_shown_twice()
    {
        _talk.Asks("first", "run_1");
        _talk.Starts("run_1");
        _talk.Says("one", "run_1", "msg_9");
        _talk.Ends("run_1");
        _talk.Asks("second", "run_2");
        _talk.Starts("run_2");
        var late = new AskState(_talk.Time);
        foreach (var stored in _talk.Log.Skip(4)) late.Apply(stored);
        late.Grow(new FeedItem.Delta(ConversationEvents.TextDelta, "msg_10", 3, 0, "growing"));
        late.ReachBack(_talk.Log, more: false);
        Assert.Equal(["first", "one", "second", "growing"], late.Items.Select(item => item is AskItem.Written written ? written.Text : ((AskItem.Answer)item).AllText));
        Assert.Equal((1, 6), (late.FirstSeq, late.LastSeq));
        Assert.True(late.Grow(new FeedItem.Delta(ConversationEvents.TextDelta, "msg_10", 3, 7, " on")));
    }

    [Fact]
    public void A_run_whose_end_lies_before_what_is_shown_is_over()
    {
        _talk.Asks("a", "run_1");
        Assert.NotNull(_talk.State.Active);
        _talk.State.Know([new Run { Id = "run_1", ConversationId = "c", MessageId = "m", Status = "cancelled", StartedAt = null, EndedAt = _talk.Time.GetUtcNow(), Turns = 0, Usage = new(0, 0), Error = null }]);
        Assert.Null(_talk.State.Active);
    }

    [Fact]
    public void An_offer_to_show_something_is_known_as_one_and_its_end_too()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Add(ConversationEvents.UiAction, "run_1", new JsonObject { ["id"] = "uia_1", ["action"] = "show_page", ["target"] = "audit", ["offer"] = true });
        var look = Assert.Single(_talk.State.Parts<AskPart.Look>());
        Assert.True(look.Offer);
        _talk.Add(ConversationEvents.UiActionAck, "run_1", new JsonObject { ["id"] = "uia_1", ["result"] = "timeout" });
        Assert.Equal("timeout", look.Result);
    }

    [Fact]
    public void An_event_of_an_unknown_type_changes_nothing()
    {
        _talk.Add("weather", null, new JsonObject { ["text"] = "sunny" });
        Assert.True(_talk.State.IsEmpty);
        Assert.Equal(1, _talk.State.LastSeq);
    }

    [Fact]
    public void Only_what_changed_is_drawn_again()
    {
        _talk.Asks("first", "run_1");
        _talk.Starts("run_1");
        _talk.Says("one", "run_1", "msg_9");
        _talk.Ends("run_1");
        var before = _talk.Items.Select(item => item.Version).ToList();
        _talk.Asks("second", "run_2");
        _talk.Starts("run_2");
        _talk.Grows("msg_10", "two");
        Assert.Equal(before, _talk.Items.Take(2).Select(item => item.Version));
    }
}
