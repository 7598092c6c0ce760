using Bunit;
using ControlChat.App.Ask;
using ControlChat.App.SignIn;
using ControlChat.Tests.App.Layout;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.Ask;

/// <summary>Messages as they are drawn. The renderer holds each component's last drawing and the one before, so what is drawn for nothing is paid for twice.</summary>
public sealed class MessagesTests : IDisposable
{
    private readonly ShellPage _page = new();
    private readonly AskScript _script = new();
    private readonly AskConversation _talk;

    public MessagesTests()
    {
        var who = new CircuitPrincipal();
        _page.Services.AddSingleton(who);
        _talk = new AskConversation(null!, null!, null!, who, _script.Time, NullLogger<AskConversation>.Instance);
        _script.Asks("What is **bold**?", "run_1");
        _script.Starts("run_1");
        _script.Says("It is **bold**.", "run_1", "msg_9");
        _script.Ends("run_1");
    }

    public void Dispose()
    {
        _talk.Dispose();
        _page.Dispose();
    }

    [Fact]
    public void A_message_is_drawn_again_when_it_changed_and_not_when_something_else_moved()
    {
        var item = (AskItem.Written)_script.Items[0];
        var message = _page.Render<MessageWritten>(p => p.Add(m => m.Talk, _talk).Add(m => m.Item, item));
        message.Render(p => p.Add(m => m.Item, item));
        Assert.Equal(1, message.RenderCount);
        item.Touch();
        message.Render(p => p.Add(m => m.Item, item));
        Assert.Equal(2, message.RenderCount);
    }

    [Fact]
    public void An_answer_has_its_tools_its_words_to_copy_and_what_was_said()
    {
        var answer = _page.Render<MessageAnswer>(p => p.Add(m => m.Talk, _talk).Add(m => m.Item, _script.Answer));
        Assert.Equal("bold", answer.Find(".prose strong").TextContent);
        Assert.Equal("It is **bold**.", answer.Find("article").GetAttribute("data-text"));
        Assert.Equal(["Copy (C)", "Ask again"], answer.FindAll(".msg-tools > button, .msg-act > button").Select(button => button.GetAttribute("aria-label")));
        Assert.Equal(_script.Answer.Key, answer.Find("[data-again]").Closest("[data-item]")!.GetAttribute("data-item"));
    }

    [Fact]
    public void A_text_that_cannot_be_drawn_costs_that_text_and_not_the_page()
    {
        var said = new AskPart.Text("msg_1");
        said.Store(1, null!, null);
        Assert.Contains("This part could not be shown.", _page.Render<AnswerText>(p => p.Add(t => t.Said, said)).Find(".note.danger").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_asked_again_is_the_question_of_an_answer_or_the_message_itself()
    {
        Assert.Same(_script.Items[0], _script.State.QuestionOf(_script.Items[0]));
        Assert.Same(_script.Items[0], _script.State.QuestionOf(_script.Answer));
    }
}
