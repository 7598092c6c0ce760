namespace ControlChat.Core.Sessions;

/// <summary>Names of the actions on sessions that pass the gate: see <see cref="Gate.ToolDefinition.IsCommand"/>.</summary>
public static class SessionActions
{
    public const string Start = "session.start";
    public const string Message = "session.message";

    /// <summary>The <see cref="Gate.CallOrigin.Place"/> of a start by the chat beside a page.</summary>
    public const string Dock = "dock";
}
