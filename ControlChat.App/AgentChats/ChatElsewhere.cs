namespace ControlChat.App.AgentChats;

/// <summary>Whether a page of another process shows a session.</summary>
internal enum ChatElsewhere
{
    No,

    /// <summary>One does, or its chat is decided there, later than here.</summary>
    Shown,

    /// <summary>The others were not heard for long enough to say.</summary>
    Unknown,
}
