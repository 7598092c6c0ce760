using ControlChat.App.Ui;

namespace ControlChat.App.Layout;

/// <summary>What the frame around every page shows. Neutral values until the hub is asked.</summary>
/// <param name="HubName">The hub's own name, shown as text.</param>
/// <param name="Lite">A lite hub has one workspace and no list of them.</param>
/// <param name="Account">Null while nobody is signed in.</param>
/// <param name="WaitingForYou">Plans this account may decide now; 0 hides the badge.</param>
public sealed record ShellFacts(string HubName, bool Lite, ShellAccount? Account, int WaitingForYou, ModelFact Model)
{
    public static ShellFacts Neutral => new(Texts.ThisHub, false, null, 0, new ModelFact(ModelState.Offline, Texts.OfflinePlanner));

    public string HubLine => (Lite ? Texts.HubLineLite : Texts.HubLineFull).With(HubName);
}

/// <param name="Id">The account's; empty where nobody asks for it.</param>
public sealed record ShellAccount(string Name, string Id = "")
{
    /// <summary>One or two letters for the avatar.</summary>
    public string Initials
    {
        get
        {
            var words = Name.Split([' ', '.', '-', '_', '@'], StringSplitOptions.RemoveEmptyEntries);
            return string.Concat(words.Take(2).Select(word => char.ToUpperInvariant(word[0])));
        }
    }
}

public enum ModelState
{
    /// <summary>No model is set; the built-in planner answers.</summary>
    Offline,
    Reachable,
    NotReachable,
}

/// <param name="Text">A whole phrase: "gpt-5.5 reachable", "Offline planner".</param>
public sealed record ModelFact(ModelState State, string Text)
{
    public string Icon => State switch
    {
        ModelState.Reachable => "ok",
        ModelState.NotReachable => "offline",
        _ => "planner",
    };

    public string Tone => State switch
    {
        ModelState.Reachable => "ok",
        ModelState.NotReachable => "warn",
        _ => "accent",
    };
}
