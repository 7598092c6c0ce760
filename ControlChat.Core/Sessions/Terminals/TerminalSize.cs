namespace ControlChat.Core.Sessions.Terminals;

/// <summary>How many characters a terminal shows.</summary>
/// <param name="Columns">1-500.</param>
/// <param name="Rows">1-300.</param>
public readonly record struct TerminalSize(int Columns, int Rows)
{
    public const int MostColumns = 500;
    public const int MostRows = 300;

    /// <summary>Until the first one in control says another.</summary>
    public static TerminalSize Default { get; } = new(100, 30);

    public bool IsLegal => Columns is >= 1 and <= MostColumns && Rows is >= 1 and <= MostRows;
}
