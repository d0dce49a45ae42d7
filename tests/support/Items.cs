namespace Kist.Tests.Support;

/// <summary>What is in a collection, one a line: two of them are compared without reflection, and a failure shows both.</summary>
static class Items
{
    public static string Of<T>(IEnumerable<T> items) => string.Join('\n', items);
}
