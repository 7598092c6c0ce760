namespace ControlChat.App.Sessions.Screens;

/// <param name="Message">What the agent is told first; null: nothing, or it is a terminal.</param>
/// <param name="Program">What a terminal runs; null: it is a chat.</param>
public sealed record SessionWanted(string WorkspaceId, string Profile, string? Message, string? Program = null);

/// <summary>A workspace an agent may be started in.</summary>
public sealed record SessionPlace(string Id, string Title);
