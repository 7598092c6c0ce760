using ControlChat.App.Live;
using Xunit;

namespace ControlChat.Tests.App.Live;

public sealed class GrowingAnswersTests
{
    private readonly GrowingAnswers _growing = new();

    [Fact]
    public void An_answer_that_is_said_again_from_its_beginning_passes_on_only_what_is_new()
    {
        Assert.Equal("one ", Take(0, "one ")?.Text);
        // "two " was lost on its way.
        Assert.Null(Take(8, "three "));
        var again = Take(0, "one two three ");
        Assert.Equal((4, "two three "), (again?.Offset, again?.Text));
        Assert.Equal("one two three ", Assert.Single(_growing.Snapshot()).Text);
    }

    [Fact]
    public void A_piece_that_was_seen_already_is_not_passed_on()
    {
        Take(0, "one two ");
        Assert.Null(Take(0, "one two "));
        Assert.Null(Take(4, "two "));
    }

    [Fact]
    public void A_retried_answer_begins_anew_and_pieces_of_the_one_before_are_dropped()
    {
        Take(0, "one ");
        Assert.Equal("other ", Take(0, "other ", attempt: 2)?.Text);
        Assert.Null(Take(4, "two "));
    }

    private FeedItem.Delta? Take(int offset, string text, int attempt = 1) => _growing.Take(new FeedItem.Delta("text_delta", "msg_1", attempt, offset, text));
}
