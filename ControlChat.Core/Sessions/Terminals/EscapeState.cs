namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Where <see cref="EscapeFilter"/> stands in a sequence.</summary>
internal enum EscapeState
{
    Ground,
    Escape,

    /// <summary>CSI.</summary>
    Control,

    /// <summary>OSC, and behind an ESC in it.</summary>
    Command,
    CommandEnd,

    /// <summary>A string that does not go out; of OSC, which BEL ends too.</summary>
    Dropped,
    DroppedCommand,
}
