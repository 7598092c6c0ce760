using ControlChat.App.Ask.Handoffs;
using ControlChat.App.Ui;
using ControlChat.Core.Conversations;

namespace ControlChat.App.Ask;

/// <summary>
/// What a screen reader hears of an answer, through the page's one live region: that it begins, its sentences as they are finished,
/// and what it came to. The streamed text itself is not live.
/// </summary>
public sealed class AskVoice(Announcer announcer, Func<string> setting)
{
    private string? _message;
    private int _said;

    /// <summary>Speaks what is finished of the text that is growing.</summary>
    public void Hear(AskState state)
    {
        if (setting() == "nothing" || state.Parts<AskPart.Text>().LastOrDefault(text => text is { Growing: true, Shown.Length: > 0 }) is not { } text) return;
        if (_message != text.MessageId)
        {
            (_message, _said) = (text.MessageId, 0);
            announcer.Say(Texts.Answering);
        }
        if (setting() != "all") return;
        var end = EndOfSentence(text.Shown, _said);
        if (end <= _said) return;
        announcer.Say(Plain(text.Shown[_said..end]));
        _said = end;
    }

    /// <summary>Speaks the end of an answer, and plans that wait.</summary>
    public void Hear(StoredEvent stored, AskState state)
    {
        switch (stored.Type)
        {
            case ConversationEvents.ApprovalRequested when state.Parts<AskPart.Plan>().LastOrDefault(plan => plan.Seq == stored.Seq)?.Shown is { } plan:
                var minutes = (int)Math.Round((plan.ExpiresAt - plan.CreatedAt).TotalMinutes);
                announcer.Alert(Texts.APlanWaitsSpoken.With(plan.Summary, plan.Scope, minutes));
                break;
            case ConversationEvents.RunFinished when setting() != "nothing" && state.Items.OfType<AskItem.Answer>().LastOrDefault(answer => answer.Run.Id == stored.RunId) is { } answer:
                announcer.Say(Texts.AnswerComplete.With(Measure(answer.AllText)));
                break;
            case ConversationEvents.SessionEvent when state.Parts<AskPart.Handoff>().Any(h => h.Task.Steps.Count > 0 && h.Task.Steps[^1] is HandoffStep.Asked { Waits: true } && stored.Data.Contains("\"approval_requested\"", StringComparison.Ordinal)):
                announcer.Alert(Texts.AWorkspaceAgentWaitsForYour);
                break;
            case ConversationEvents.HandoffFinished when setting() != "nothing":
                announcer.Say(state.Parts<AskPart.Handoff>().LastOrDefault(h => !h.Task.IsOpen) is { } ended ? Texts.AgentsTaskSpoken.With(ended.Task.Look.Word) : Texts.AgentsTaskHasEnded);
                break;
            case ConversationEvents.RunFailed:
                announcer.Say(state.Run(stored.RunId ?? "")?.Error?.Message ?? Texts.TheRunFailed);
                break;
            case ConversationEvents.RunCancelled:
                announcer.Say(Texts.Stopped);
                break;
        }
    }

    /// <summary>", 3 paragraphs, 1 table": how much there is to read.</summary>
    public static string Measure(string markdown)
    {
        var blocks = markdown.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var tables = blocks.Count(block => block.StartsWith('|'));
        var paragraphs = blocks.Length - tables;
        return Counted(paragraphs, Texts.OneParagraph, Texts.Paragraphs) + Counted(tables, Texts.OneTable, Texts.Tables);
    }

    private static string Counted(int count, string one, string many) => count switch
    {
        0 => "",
        1 => one,
        _ => many.With(count),
    };

    private static int EndOfSentence(string text, int from)
    {
        for (var at = text.Length - 1; at > from; at--)
            if (char.IsWhiteSpace(text[at]) && text[at - 1] is '.' or '?' or '!' or ':' || text[at] == '\n') return at + 1;
        return from;
    }

    private static string Plain(string markdown) => VisibleText.Of(new string([.. markdown.Where(c => c is not ('*' or '`' or '#' or '|' or '>'))]).Trim(), keepLines: true);
}
