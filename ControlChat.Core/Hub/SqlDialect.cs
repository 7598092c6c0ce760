namespace ControlChat.Core.Hub;

/// <summary>Whose SQL a statement must be in. Stores ask only where the two truly differ; everything else is written once.</summary>
public enum SqlDialect
{
    Sqlite,
    Postgres,
}

internal static class SqlDialects
{
    /// <summary>A subquery of the whole numbers in a JSON array.</summary>
    /// <param name="parameter">Its name with the <c>@</c>; the value is JSON text.</param>
    public static string NumbersOf(this SqlDialect dialect, string parameter) => dialect == SqlDialect.Sqlite
        ? "select value from json_each(" + parameter + ")"
        : "select cast(value as bigint) from json_array_elements_text(cast(" + parameter + " as json))";

    /// <summary>A subquery of the texts in a JSON array.</summary>
    /// <param name="parameter">Its name with the <c>@</c>; the value is JSON text.</param>
    public static string TextsOf(this SqlDialect dialect, string parameter) => dialect == SqlDialect.Sqlite
        ? "select value from json_each(" + parameter + ")"
        : "select value from json_array_elements_text(cast(" + parameter + " as json))";

    /// <summary>A table with the column <c>value</c>: the elements of a JSON array, as they are.</summary>
    /// <param name="parameter">Its name with the <c>@</c>; the value is JSON text.</param>
    public static string ValuesOf(this SqlDialect dialect, string parameter) => dialect == SqlDialect.Sqlite
        ? "json_each(" + parameter + ")"
        : "json_array_elements(cast(" + parameter + " as json))";
}
