namespace ControlChat.App.Ask;

/// <summary>What the page shows of a conversation.</summary>
public enum AskLook
{
    /// <summary>It begins with the first message.</summary>
    New,
    Loading,
    Missing,
    Failed,
    Live,
}
