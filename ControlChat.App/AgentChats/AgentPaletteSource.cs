using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;

namespace ControlChat.App.AgentChats;

/// <summary>"@agent hello": a chat with the agent of the workspace on the page, or with the one that is open. It stands before the asking, so that Enter opens it.</summary>
internal sealed class AgentPaletteSource(AgentSlot slot, PageContext beside, CircuitPrincipal who) : IPaletteSource
{
    public int Order => -10;

    public ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken) =>
        new(who.Current is not null && Wanted(text) is { } request ? [new PaletteGroup(Texts.Agent, [EntryOf(request)])] : []);

    // The beginning of the word offers it too.
    private static AgentRequest? Wanted(string text) =>
        AgentRequest.Read(text) ?? (text.Length > 0 && AgentRequest.Word.StartsWith(text, StringComparison.OrdinalIgnoreCase) ? new AgentRequest(null) : null);

    private PaletteEntry EntryOf(AgentRequest request)
    {
        // What it says is what is meant, whatever the page shows by the time it is chosen.
        var where = beside.Workspace ?? slot.Talking;
        var whose = where switch
        {
            null => Texts.AnAgent,
            { Title: { } title } => Texts.TheAgentOf.With(title),
            _ => Texts.TheAgentOfThisWorkspace,
        };
        var words = request.Text is { } said ? Texts.TellQuoted.With(whose, said) : Texts.ChatWith.With(whose);
        var hint = where is null ? Texts.AsksWhichWorkspace : where.Id == slot.Talking?.Id ? Texts.InTheOpenChat : Texts.BesideThePage;
        var wish = request with { Target = new AgentTarget(where) };
        return new PaletteEntry(words, "session", hint, Act: () => slot.Open(wish));
    }
}
