namespace ControlChat.Core.Editors;

/// <summary>A way of showing or changing a file that the hub has.</summary>
/// <param name="Id">Stable, such as <c>markdown</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Patterns">File names it opens; <c>*</c> stands for any text.</param>
/// <param name="Writes">Whether it changes files, or only shows them.</param>
/// <param name="Description">What it does, in a sentence.</param>
public sealed record Editor(string Id, string Name, IReadOnlyList<string> Patterns, bool Writes, string Description);
