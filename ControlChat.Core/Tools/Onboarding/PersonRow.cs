namespace ControlChat.Core.Tools.Onboarding;

/// <summary>One person of a pasted table, as far as it could be read.</summary>
/// <param name="Number">The line of the text, from 1.</param>
/// <param name="Email">In the plain form; null when there is none or it is no address.</param>
/// <param name="Name">Empty when the table does not say.</param>
/// <param name="Role"><c>viewer|collaborator|owner</c>; null: as the others.</param>
/// <param name="Workspace">The title of the workspace to make; empty when the table does not say.</param>
/// <param name="Host">A size, or <see cref="NoHost"/>; null: as the others.</param>
public sealed record PersonRow(int Number, string? Email, string Name, string? Role, string Workspace, string? Host)
{
    public const string NoHost = "none";

    /// <summary>What is wrong with it and what to do, a sentence or two each.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public PersonRow With(params IEnumerable<string> faults) => this with { Faults = [.. Faults, .. faults] };
}

/// <summary>A pasted table of people. Nothing of it is lost: what could not be read stands in the faults.</summary>
/// <param name="Rows">In the table's order.</param>
/// <param name="Faults">What is wrong with the table as a whole.</param>
/// <param name="Notes">What was left aside, such as a column without a meaning here.</param>
public sealed record PeopleTable(IReadOnlyList<PersonRow> Rows, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes)
{
    public static PeopleTable Empty { get; } = new([], [], []);
}
