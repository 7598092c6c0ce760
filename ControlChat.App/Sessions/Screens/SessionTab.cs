using ControlChat.App.Ui;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>What a session's page shows, from its address.</summary>
public enum SessionTab
{
    Chat,
    Terminal,
    Transcript,
    Details,
}

internal static class SessionTabs
{
    public static SessionTab Of(string? view, string mode) => (view, mode) switch
    {
        ("transcript", _) => SessionTab.Transcript,
        ("details", SessionMode.Terminal) => SessionTab.Details,
        (_, SessionMode.Terminal) => SessionTab.Terminal,
        _ => SessionTab.Chat,
    };

    public static string KeyOf(SessionTab tab) => tab.ToString().ToLowerInvariant();

    public static IReadOnlyList<LinkTab> For(SessionView session) => session.Mode == SessionMode.Terminal
        ? [new LinkTab("terminal", Texts.Terminal, $"/sessions/{session.Id}"), new LinkTab("transcript", Texts.Transcript, $"/sessions/{session.Id}?view=transcript"), new LinkTab("details", Texts.Details, $"/sessions/{session.Id}?view=details")]
        : [new LinkTab("chat", Texts.Chat, $"/sessions/{session.Id}"), new LinkTab("transcript", Texts.Transcript, $"/sessions/{session.Id}?view=transcript")];
}
