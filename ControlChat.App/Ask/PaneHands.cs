namespace ControlChat.App.Ask;

/// <summary>What parts of a conversation may ask of the pane around them. Cascaded.</summary>
/// <param name="Fill">Puts a text into the composer.</param>
/// <param name="Reveal">Brings a plan of this conversation into view, by its approval; false when it is not shown here.</param>
public sealed record PaneHands(Func<string, Task> Fill, Func<string, Task<bool>> Reveal);
